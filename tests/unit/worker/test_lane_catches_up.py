"""A lane that catches up: what is written goes into the state alone, before anything else."""

from __future__ import annotations

import asyncio

from tests.fakes.lane import (
    Advanced,
    ClosedLog,
    Committed,
    Folded,
    Inserted,
    Saved,
)
from tests.loops import on_a_loop
from tests.unit.worker.running import LaneOnFakes, plan, token


@on_a_loop
async def test_a_state_that_is_behind_catches_up_without_a_plan_or_an_insert() -> None:
    lane = LaneOnFakes(stored=1)
    lane.put(1, 8)
    task = lane.start(4)
    await lane.trace.until(Inserted(token(6, 8)))
    assert lane.effects == [
        Advanced(1, 3),
        Saved(3),
        Advanced(3, 4),
        Saved(4),
        Committed(4, plan(4, 6)),
        Folded(4, 6),
        Inserted(token(4, 6)),
        Committed(6, plan(6, 8)),
        Saved(6),
        Folded(6, 8),
        Inserted(token(6, 8)),
    ]
    await lane.stopped(task)


@on_a_loop
async def test_a_state_that_is_behind_catches_up_before_a_plan_is_redone() -> None:
    lane = LaneOnFakes()
    lane.put(0, 5)
    task = lane.start(2, pending=plan(2, 5))
    await lane.trace.until(Inserted(token(2, 5)))
    await lane.stopped(task)
    assert lane.effects == [
        Advanced(0, 2),
        Saved(2),
        Folded(2, 5),
        Inserted(token(2, 5)),
        Committed(5, None),
        Saved(5),
    ]


@on_a_loop
async def test_a_state_catches_up_with_what_a_log_that_was_cut_still_has() -> None:
    lane = LaneOnFakes(begin=3)
    lane.put(3, 6)
    task = lane.start(4)
    await lane.trace.until(Inserted(token(4, 6)))
    assert lane.effects == [
        Advanced(3, 4),
        Saved(4),
        Committed(4, plan(4, 6)),
        Folded(4, 6),
        Inserted(token(4, 6)),
    ]
    await lane.stopped(task)


@on_a_loop
async def test_where_a_log_was_cut_beyond_what_was_committed_the_lane_goes_on() -> None:
    lane = LaneOnFakes(begin=6)
    lane.put(6, 8)
    task = lane.start(4, pending=plan(4, 6))
    await lane.trace.until(Inserted(token(6, 8)))
    assert lane.effects == [Committed(6, plan(6, 8)), Folded(6, 8), Inserted(token(6, 8))]
    await lane.stopped(task)


@on_a_loop
async def test_catching_up_waits_for_campaigns_too() -> None:
    log = ClosedLog()
    lane = LaneOnFakes(log=log)
    lane.put(0, 2)
    task = lane.start(2)
    await log.waiting.wait()
    assert lane.effects == []
    log.opened.set()
    await lane.trace.until(Saved(2))
    await lane.stopped(task)


@on_a_loop
async def test_what_stands_as_a_dead_letter_is_kept_out_of_the_state_that_is_rebuilt() -> None:
    lane = LaneOnFakes(stored=1, letters=(0, 2, 3, 5))
    lane.put(1, 5)
    task = lane.start(committed=5)
    await lane.trace.until(Saved(5))
    assert lane.fold.saved == [1, 4]
    await lane.stopped(task)


@on_a_loop
async def test_where_the_log_begins_beyond_what_was_committed_that_is_settled_and_kept() -> None:
    lane = LaneOnFakes(begin=6)
    task = lane.start(4)
    await lane.trace.until(Committed(6, None))
    await lane.stopped(task)
    assert (lane.effects, lane.fold.skipped, lane.lane.settled) == ([Committed(6, None)], [6], 6)


@on_a_loop
async def test_a_state_that_lacks_what_the_log_has_no_more_stands_where_the_log_begins() -> None:
    lane = LaneOnFakes(begin=3)
    task = lane.start(4)
    await asyncio.sleep(0)
    assert (lane.effects, lane.fold.skipped) == ([], [3])
    await lane.stopped(task)
