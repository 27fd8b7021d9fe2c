"""The stack: starts on old data too, tells what ended, and leaves no process however it ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from streams.embedded.home import HomeError
from streams.embedded.processes import ChildError
from streams.embedded.stack import Stack
from streams.eventlog.group import members
from streams.eventlog.offsets import settled
from streams.eventlog.producer import Producer
from streams.settings import Settings
from streams.topics import REJECTIONS
from streams.warehouse.client import connect
from tests.processes import is_running, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("broker_jars")]

ROOT = Path(__file__).parents[2]
HOLD = """
import json, sys
from pathlib import Path
from streams.embedded.stack import Stack
home = Path(sys.argv[1])
with Stack(home, collector=False, console=False) as stack:
    print(json.dumps(stack.pids), flush=True)
    sys.stdin.read()
"""


def foundation(home: Path, workers: int = 0) -> Stack:
    return Stack(home, workers=workers, collector=False, console=False)


def held_stack(home: Path) -> tuple["subprocess.Popen[str]", dict[str, int]]:
    """A stack in a process of its own, and the pids of its parts."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def is_whole(stack: Stack) -> bool:
    try:
        stack.check()
    except ChildError:
        return False
    return True


def publish_one(settings: Settings) -> None:
    producer = Producer(settings)
    producer.publish(REJECTIONS, None, b"bytes", [], lambda error: None)
    assert producer.flush(10) == 0
    producer.close()


def rejections_published(settings: Settings) -> int:
    return sum(state.end for state in settled(settings) if state.topic == REJECTIONS)


def test_a_second_start_on_the_same_data_has_it(tmp_path: Path) -> None:
    with foundation(tmp_path) as stack:
        publish_one(stack.settings)
        connect(stack.settings).execute("INSERT INTO origins VALUES ('acme', 1, 'direct')")
    with foundation(tmp_path) as again:
        assert rejections_published(again.settings) == 1
        assert connect(again.settings).execute("SELECT count() FROM origins") == [(1,)]


def test_a_start_after_kill_9_of_everything_has_what_was_acknowledged(tmp_path: Path) -> None:
    with foundation(tmp_path) as stack:
        publish_one(stack.settings)
        connect(stack.settings).execute("INSERT INTO origins VALUES ('acme', 1, 'direct')")
        for name in ("kafka", "clickhouse"):
            stack.kill(name)
    with foundation(tmp_path) as again:
        assert rejections_published(again.settings) == 1
        assert connect(again.settings).execute("SELECT count() FROM origins") == [(1,)]


def test_broker_and_engine_start_again_within_a_stack_where_they_were(tmp_path: Path) -> None:
    with foundation(tmp_path) as stack:
        publish_one(stack.settings)
        connect(stack.settings).execute("INSERT INTO origins VALUES ('acme', 1, 'direct')")
        for name in ("kafka", "clickhouse"):
            stack.kill(name)
        stack.start_engine()
        stack.start_broker()
        assert set(stack.pids) == {"kafka", "clickhouse"}
        assert rejections_published(stack.settings) == 1
        assert connect(stack.settings).execute("SELECT count() FROM origins") == [(1,)]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_part_outlives_the_stack_however_it_ends(tmp_path: Path, number: signal.Signals) -> None:
    process, pids = held_stack(tmp_path)
    assert set(pids) == {"kafka", "clickhouse", "worker-0"}
    assert all(map(is_running, pids.values()))

    process.send_signal(number)
    process.communicate()

    for pid in pids.values():
        wait_until(lambda pid=pid: not is_running(pid))
    with foundation(tmp_path):
        pass


def test_a_second_stack_on_one_home_is_refused(tmp_path: Path) -> None:
    with foundation(tmp_path), pytest.raises(HomeError, match=f"in use .* {os.getpid()}"):
        foundation(tmp_path).__enter__()


def test_a_start_that_fails_tells_which_part_and_why_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "clickhouse").write_text("a file where a folder should be")
    stack = foundation(tmp_path)
    with pytest.raises(ChildError, match=r"clickhouse ended unexpectedly(?s:.)*clickhouse\.log"):
        stack.__enter__()
    assert stack.pids
    assert not any(map(is_running, stack.pids.values()))


def test_a_part_that_dies_is_told_by_name(tmp_path: Path) -> None:
    with foundation(tmp_path) as stack:
        os.kill(stack.pids["clickhouse"], signal.SIGKILL)
        wait_until(lambda: not is_whole(stack))
        with pytest.raises(ChildError, match="clickhouse ended unexpectedly, by signal SIGKILL"):
            stack.check()


def test_a_worker_that_was_killed_can_be_started_again(tmp_path: Path) -> None:
    with foundation(tmp_path, workers=1) as stack:
        first = stack.pids["worker-0"]
        stack.kill("worker-0")
        second = stack.start_worker(0)
        assert second.pid != first
        stack.check()


def test_workers_share_the_partitions(tmp_path: Path) -> None:
    with foundation(tmp_path, workers=2) as stack:
        found = {member.name: len(member.partitions) for member in members(stack.settings)}
    assert found.keys() == {"worker-0", "worker-1"}
    assert sorted(found.values()) == [2, 3]
