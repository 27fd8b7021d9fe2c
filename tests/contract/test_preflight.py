"""Preflight: a machine that lacks something is told what, and the command that installs it."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHELL_TOOLS = ("sh", "sed", "id", "dirname", "apt-get")


def machine(folder: Path, *tools: str) -> str:
    """A PATH that holds the shell's own tools and these, and nothing else."""
    for tool in (*SHELL_TOOLS, *tools):
        found = shutil.which(tool)
        if found:
            (folder / tool).symlink_to(found)
    return str(folder)


def preflight(path: str, *wants: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "deploy/preflight.sh", *wants],
        env={"PATH": path},
        capture_output=True,
        text=True,
        timeout=3,
        check=False,
    )


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("want", ["java", "mvn", "python"])
def test_a_missing_tool_is_named_with_the_command_that_installs_it(
    want: str, tmp_path: Path
) -> None:
    answer = preflight(machine(tmp_path), want)

    assert answer.returncode == 2
    assert "is needed" in answer.stderr
    assert "install it with: " in answer.stderr


def test_everything_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    answer = preflight(machine(tmp_path), "python", "java", "mvn")

    assert answer.returncode == 2
    assert len(answer.stderr.splitlines()) == 3


def test_an_old_java_is_named_with_the_version_found(tmp_path: Path) -> None:
    path = machine(tmp_path)
    script(tmp_path / "java", """echo 'openjdk version "11.0.2" 2019' >&2""")

    answer = preflight(path, "java")

    assert answer.returncode == 2
    assert "Java 17 or newer is needed (found: 11.0.2)" in answer.stderr


def test_a_machine_that_has_what_is_asked_passes_in_silence(tmp_path: Path) -> None:
    path = machine(tmp_path)
    script(tmp_path / "java", """echo 'openjdk version "21.0.1" 2023-10-17' >&2""")
    script(tmp_path / "mvn", "exit 0")

    answer = preflight(path, "java", "mvn")

    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_an_unknown_want_is_refused(tmp_path: Path) -> None:
    answer = preflight(machine(tmp_path), "docker")

    assert answer.returncode == 2
    assert "expected python, java" in answer.stderr
