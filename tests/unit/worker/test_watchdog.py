"""Watchdog: what must move, and what may stand still."""

from __future__ import annotations

import subprocess
import sys

from faust.types import TP

from streams.worker.ending import FAILED
from streams.worker.signs import Standing
from streams.worker.watchdog import Watch

ZERO, ONE = TP("interactions", 0), TP("interactions", 1)
BUSY = Standing(end=9, position=7, settled=4)
STUCK = (
    "interactions[0] stands still for 61 s though there are records: it reads at 7 and has"
    " settled 4"
)


class Watched:
    """A watch that looks every second, with a limit of 60 s; the loop beats unless it hangs."""

    def __init__(self) -> None:
        self.at_s = 1_000.0
        self._watch = Watch(60)

    def look(
        self,
        seconds: int,
        *,
        hangs: bool = False,
        is_away: bool = False,
        **standings: Standing,
    ) -> tuple[str, ...]:
        """What it said at the end of so many seconds in which nothing else changed."""
        seen = {{"zero": ZERO, "one": ONE}[name]: it for name, it in standings.items()}
        beat_s, said = self.at_s, ()
        for _ in range(seconds):
            self.at_s += 1
            said = self._watch.look(
                beat_s if hangs else self.at_s, seen, self.at_s, is_away=is_away
            )
        return said


def test_a_partition_with_records_that_stands_still_is_named() -> None:
    watched = Watched()
    assert watched.look(61, zero=BUSY) == ()
    assert watched.look(1, zero=BUSY) == (STUCK,)


def test_a_partition_in_which_all_is_settled_may_stand_still() -> None:
    assert Watched().look(300, zero=Standing(end=9, position=9, settled=9)) == ()


def test_new_records_at_the_end_are_no_progress() -> None:
    watched = Watched()
    watched.look(40, zero=BUSY)
    assert watched.look(22, zero=BUSY._replace(end=99)) == (STUCK,)


def test_either_of_position_and_settled_offset_is_progress() -> None:
    watched = Watched()
    watched.look(40, zero=BUSY)
    watched.look(40, zero=BUSY._replace(position=8))
    assert watched.look(40, zero=BUSY._replace(position=8, settled=7)) == ()


def test_the_progress_of_one_partition_is_not_that_of_another() -> None:
    watched = Watched()
    for offset in range(6):
        watched.look(10, zero=BUSY, one=Standing(end=9, position=offset, settled=0))
    found = watched.look(2, zero=BUSY, one=Standing(end=9, position=8, settled=0))
    assert found == (STUCK,)


def test_a_partition_that_went_and_came_again_begins_anew() -> None:
    watched = Watched()
    watched.look(40, zero=BUSY)
    watched.look(1)
    assert watched.look(40, zero=BUSY) == ()


def test_while_kafka_or_clickhouse_is_away_lanes_may_wait_and_have_their_time_afterwards() -> None:
    watched = Watched()
    watched.look(40, zero=BUSY)
    assert watched.look(300, is_away=True, zero=BUSY) == ()
    assert watched.look(60, zero=BUSY) == ()
    assert watched.look(2, zero=BUSY) == (STUCK,)


def test_a_loop_that_hangs_is_named_whoever_is_away() -> None:
    watched = Watched()
    assert watched.look(60, hangs=True, is_away=True) == ()
    assert watched.look(2, is_away=True) == ()
    assert watched.look(61, hangs=True, is_away=True) == ("the event loop stands still for 61 s",)


def test_a_process_that_was_stopped_and_continued_is_given_its_time_again() -> None:
    watched = Watched()
    watched.look(40, hangs=True, zero=BUSY)
    watched.at_s += 300
    assert watched.look(1, hangs=True, zero=BUSY) == ()
    assert watched.look(40, zero=BUSY) == ()


def test_before_the_loop_runs_there_is_nothing_to_move() -> None:
    watch = Watch(60)
    assert [watch.look(None, {}, at_s) for at_s in range(0, 200, 4)] == [()] * 50


HANGING = """
import asyncio, time
from streams.clock import monotonic_s
from streams.worker.ending import end_process
from streams.worker.signs import Signs
from streams.worker.watchdog import start_watchdog

async def hang():
    signs = Signs(monotonic_s())
    signs.loop.well(monotonic_s())
    start_watchdog(signs, 0.5, monotonic_s, end_process)
    time.sleep(60)

asyncio.run(hang())
"""


def test_a_process_whose_loop_hangs_ends_with_70_and_says_why() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HANGING], capture_output=True, text=True, timeout=50, check=False
    )
    assert ended.returncode == FAILED
    assert "no progress: the event loop stands still for 1 s" in ended.stderr
