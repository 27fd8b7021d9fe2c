"""A home: one stack at a time, and found by the commands that are told no address."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams.embedded.home import HomeError, announced, claimed
from streams.settings import Settings, read_settings

HOLDER = """
import os, sys
from pathlib import Path
from streams.embedded.home import claimed
with claimed(Path(sys.argv[1])) as lock:
    if len(sys.argv) > 2:  # a child that holds the lock a moment longer, as the guard does
        import subprocess
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.5)"], pass_fds=(lock,))
    print(flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of ours is set."""
    for name in [name for name in os.environ if name.startswith("STEPTHREE_")]:
        monkeypatch.delenv(name)


def holder(home: Path, *more: str) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home), *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_a_second_stack_on_one_home_is_told_who_has_it(tmp_path: Path) -> None:
    first = holder(tmp_path)
    with pytest.raises(HomeError, match=f"in use by the stack of process {first.pid}"):
        claimed(tmp_path).__enter__()
    first.communicate()


def test_a_home_is_free_again_when_its_stack_has_ended(tmp_path: Path) -> None:
    holder(tmp_path).communicate()
    with claimed(tmp_path):
        pass


def test_after_a_kill_the_home_is_waited_for_while_the_rest_of_the_stack_ends(
    tmp_path: Path,
) -> None:
    first = holder(tmp_path, "with a child")
    first.kill()
    first.communicate()
    with claimed(tmp_path):
        pass


def test_a_running_stack_says_what_the_environment_does_not(
    tmp_path: Path, alone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEPTHREE_HOME", str(tmp_path))
    monkeypatch.setenv("STEPTHREE_EPOCH", "7")
    stack = Settings(home=tmp_path, kafka_bootstrap="127.0.0.1:1234", clickhouse_port=5678)
    with announced(stack):
        found = read_settings()
    assert (found.kafka_bootstrap, found.clickhouse_port, found.epoch) == (
        "127.0.0.1:1234",
        5678,
        7,
    )


def test_an_address_in_the_environment_means_another_installation(
    tmp_path: Path, alone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEPTHREE_HOME", str(tmp_path))
    monkeypatch.setenv("STEPTHREE_KAFKA_BOOTSTRAP", "kafka:9092")
    with announced(Settings(home=tmp_path, clickhouse_port=5678)):
        assert read_settings() == Settings(home=tmp_path, kafka_bootstrap="kafka:9092")


def test_nothing_is_said_once_the_stack_has_ended(
    tmp_path: Path, alone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEPTHREE_HOME", str(tmp_path))
    with announced(Settings(home=tmp_path, clickhouse_port=5678)):
        pass
    assert read_settings() == Settings(home=tmp_path)


def test_what_a_killed_stack_left_is_not_believed(
    tmp_path: Path, alone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / "stack.json").write_text(
        f'{{"pid": {gone.pid}, "environment": {{"STEPTHREE_CLICKHOUSE_PORT": "5678"}}}}'
    )
    monkeypatch.setenv("STEPTHREE_HOME", str(tmp_path))
    assert read_settings() == Settings(home=tmp_path)
