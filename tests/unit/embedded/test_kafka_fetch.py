"""Fetching the broker: what is missing is told at once, with the command that installs it."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """This checkout without the broker's jars."""
    copy = tmp_path / "checkout"
    for folder in ("streams", "schemas"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "deploy" / "kafka").mkdir(parents=True)
    for file in ("pom.xml", "server.properties"):
        shutil.copy(ROOT / "deploy" / "kafka" / file, copy / "deploy" / "kafka")
    return copy


def fetch(checkout: Path, *programs: Path) -> "subprocess.CompletedProcess[str]":
    """The command, where only these programs are found."""
    path = checkout / "bin"
    path.mkdir()
    for program in programs:
        (path / program.name).symlink_to(program)
    return subprocess.run(
        [sys.executable, "-m", "streams.embedded.kafka", "fetch"],
        capture_output=True,
        text=True,
        cwd=checkout,
        env=os.environ | {"PATH": str(path)},
        check=False,
    )


def script(file: Path, code: str) -> Path:
    file.write_text(f"#!/bin/sh\n{code}\n")
    file.chmod(0o755)
    return file


def test_without_java_it_names_java(checkout: Path) -> None:
    done = fetch(checkout)
    assert done.returncode == 2
    assert "needs Java 17 or newer, found none. Install it: " in done.stderr


def test_without_maven_it_names_maven_at_once(checkout: Path, tmp_path: Path) -> None:
    java = script(tmp_path / "java", "echo 'openjdk version \"17.0.15\"' >&2")
    began_s = time.monotonic()
    done = fetch(checkout, java)
    assert time.monotonic() - began_s < 3
    assert done.returncode == 2
    assert "Maven (mvn) is needed once" in done.stderr
    assert "Install it: " in done.stderr


def test_a_fetch_that_fails_tells_mavens_reason_and_leaves_nothing(
    checkout: Path, tmp_path: Path
) -> None:
    java = script(tmp_path / "java", "echo 'openjdk version \"21\"' >&2")
    maven = script(tmp_path / "mvn", "echo '[ERROR] no route to host'; exit 1")
    done = fetch(checkout, java, maven)
    assert done.returncode == 1
    assert "[ERROR] no route to host" in done.stderr
    left = {file.name for file in (checkout / "deploy" / "kafka").iterdir()}
    assert left == {"pom.xml", "server.properties"}
