"""`stepthree up`: around one command, in the foreground, and what it says when it cannot start."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processes import is_running, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("broker_jars")]

ROOT = Path(__file__).parents[2]
STEPTHREE = (sys.executable, "-m", "streams")


def up(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*STEPTHREE, "up", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | environment,
        check=False,
    )


def test_the_commands_exit_code_is_returned_and_the_temporary_home_removed(tmp_path: Path) -> None:
    done = up("--", "sh", "-c", "echo $STEPTHREE_HOME; false", TMPDIR=str(tmp_path))
    assert done.returncode == 1
    assert Path(done.stdout.strip()).parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_the_command_finds_the_stack_and_its_home_can_be_kept(tmp_path: Path) -> None:
    """Through pixel, broker, worker and engine, by the words a person would type."""
    script = """
        set -e
        key=$(python -m streams keys add --tenant acme)
        collector=http://$STEPTHREE_COLLECTOR_HOST:$STEPTHREE_COLLECTOR_PORT
        page=http://$STEPTHREE_CONSOLE_HOST:$STEPTHREE_CONSOLE_PORT
        any() { python -m streams query "SELECT 'any' FROM events" --format tsv | grep -qx any; }
        pixel="$collector/p.gif?key=$key&c=river&v=ann"  # a new key counts within a second
        until curl -fsS "$pixel" -o /dev/null && python -m streams settle --timeout 60 && any
        do :; done
        curl -fsS "$page/readyz" > /dev/null
        python -m streams doctor > /dev/null
        python -m streams query "SELECT DISTINCT tenant, campaign, visitor FROM events" --format csv
    """
    done = up("--keep", "--", "bash", "-c", script, TMPDIR=str(tmp_path))
    assert (done.returncode, done.stdout) == (0, "tenant,campaign,visitor\nacme,river,ann\n"), (
        done.stderr
    )
    [kept] = tmp_path.iterdir()
    assert f"stepthree up --home {kept}" in done.stderr
    assert (kept / "logs" / "kafka.log").exists()


def test_ctrl_c_ends_it_with_exit_code_0_and_a_second_one_on_the_same_home_is_refused(
    tmp_path: Path,
) -> None:
    process = subprocess.Popen(
        [*STEPTHREE, "up", "--home", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    wait_until((tmp_path / "stack.json").exists, within_s=60)

    second = up("--home", str(tmp_path))
    assert second.returncode == 2
    assert f"in use by the stack of process {process.pid}" in second.stderr

    found = query("SELECT 1 AS one", home=tmp_path)
    assert found.stdout == "one\n1\n"

    process.send_signal(signal.SIGINT)
    shown, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    for address in ("live page    http://", "/p.gif?key=pk_", "ClickHouse", "Kafka"):
        assert address in shown


def query(sql: str, home: Path) -> "subprocess.CompletedProcess[str]":
    """In another terminal, told nothing but the home."""
    return subprocess.run(
        [*STEPTHREE, "query", sql, "--format", "tsv"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"STEPTHREE_HOME": str(home)},
        check=False,
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 130), (signal.SIGKILL, -9)])
def test_the_command_and_what_it_started_end_with_the_stack(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    process = subprocess.Popen(
        [
            *STEPTHREE,
            "up",
            "--home",
            str(tmp_path),
            "--",
            "sh",
            "-c",
            "sleep 60 & echo $$ $!; wait",
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    started = [int(pid) for pid in process.stdout.readline().split()]
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == code
    wait_until(lambda: not any(map(is_running, started)))


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (None, "needs Java 17 or newer, found none"),
        ("11.0.2", 'needs Java 17 or newer, found: openjdk version "11.0.2"'),
    ],
)
def test_without_a_new_enough_java_it_says_at_once_how_to_install_one(
    tmp_path: Path, version: str | None, said: str
) -> None:
    if version:
        java = tmp_path / "java"
        java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
        java.chmod(0o755)
    began_s = time.monotonic()
    done = up("--home", str(tmp_path / "home"), PATH=str(tmp_path))
    assert time.monotonic() - began_s < 3
    assert done.returncode == 2
    assert said in done.stderr
    assert "Install it: " in done.stderr


def test_a_program_that_is_not_there_is_told_before_anything_starts() -> None:
    done = up("--", "no-such-program")
    assert done.returncode == 2
    assert "found none called 'no-such-program'" in done.stderr
