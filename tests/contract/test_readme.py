"""README: its commands, settings and paths are those of the code."""

import re
from pathlib import Path

import click
import msgspec
import pytest

from streams.__main__ import cli
from streams.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
SHELL = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
STEPTHREE = sorted(set(re.findall(r"\bstepthree ([a-z-]+(?: [a-z]+)?)", "\n".join(SHELL))))


def default_of(field: msgspec.structs.FieldInfo) -> str:
    """A default as the table shows it: nothing for what is empty."""
    if field.default is None or field.default == "":
        return ""
    value = int(field.default) if isinstance(field.default, bool) else field.default
    return f"`{value}`"


def test_the_table_of_settings_is_that_of_the_code() -> None:
    shown = re.findall(rf"^\| `({PREFIX}\w+)` \| (.*?) \|", README, re.MULTILINE)

    assert [(name, default.strip()) for name, default in shown] == [
        (PREFIX + field.name.upper(), default_of(field))
        for field in msgspec.structs.fields(Settings)
    ]


@pytest.mark.parametrize("words", STEPTHREE)
def test_a_command_that_the_readme_shows_exists(words: str) -> None:
    first, _, second = words.partition(" ")

    command = cli.get_command(click.Context(cli), first)

    assert command is not None
    if isinstance(command, click.Group):
        assert second in command.commands


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?m)^make ([a-z]+)", "\n".join(SHELL)))))
def test_a_target_that_the_readme_shows_exists(target: str) -> None:
    assert re.search(rf"^{target}:.* ## ", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([\w./-]+)\)", README))))
def test_a_linked_file_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:deploy|streams|docs|schemas)/[\w./-]+)`", README)))
)
def test_a_named_path_exists(path: str) -> None:
    assert (ROOT / path).exists() or path == "deploy/kafka/lib"
