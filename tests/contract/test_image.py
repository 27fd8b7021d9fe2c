"""The image: what it copies exists and is let through, and its process is nobody special."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
LET_THROUGH = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
COPIED = [
    source
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    for source in line.split()[:-1]
]


def test_what_is_copied_exists_and_is_let_through() -> None:
    assert COPIED
    assert [path for path in COPIED if not (ROOT / path).exists()] == []
    assert sorted(LET_THROUGH) == sorted(COPIED)


def test_the_base_is_pinned_and_new_enough() -> None:
    bases = re.findall(r"^FROM python:(\d+)\.(\d+)\.\d+-\S+", DOCKERFILE, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert len(set(bases)) == 1
    assert len(bases) == len(re.findall(r"^FROM ", DOCKERFILE, re.MULTILINE))
    assert project["requires-python"] == ">={}.{}".format(*bases[0])


def test_everything_installed_is_hashed() -> None:
    for command in re.findall(r"pip install (.+)", DOCKERFILE):
        assert "--require-hashes" in command or "--no-deps --no-build-isolation -e ." in command


def test_the_process_is_no_root() -> None:
    users = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)

    assert users == ["stepthree"]
    assert DOCKERFILE.index("USER stepthree") < DOCKERFILE.index("ENTRYPOINT")
