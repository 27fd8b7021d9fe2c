"""How a lane ends: stopped, deposed, or released to the next owner."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from streams.worker.lane import release
from streams.worker.lease import Deposed
from tests.fakes.lane import (
    Advanced,
    Committed,
    FakeCommits,
    FakeWriter,
    Folded,
    Inserted,
    Saved,
)
from tests.loops import on_a_loop
from tests.unit.worker.running import LaneOnFakes, plan, token


@on_a_loop
async def test_stop_settles_the_batch_at_hand_with_nothing_pending() -> None:
    lane = LaneOnFakes()
    lane.put(0, 2)
    task = lane.start()
    await lane.trace.until(Inserted(token(0, 2)))
    await lane.stopped(task)
    assert lane.effects == [
        Committed(0, plan(0, 2)),
        Folded(0, 2),
        Inserted(token(0, 2)),
        Committed(2, None),
        Saved(2),
    ]


@on_a_loop
async def test_stop_leaves_records_that_no_plan_names() -> None:
    lane = LaneOnFakes()
    lane.put(0, 3)
    task = lane.start()
    await lane.trace.until(Inserted(token(0, 2)))
    await lane.stopped(task)
    assert lane.effects[-2:] == [Committed(2, None), Saved(2)]


@on_a_loop
async def test_deposed_at_the_plan_nothing_is_folded_or_written() -> None:
    lane = LaneOnFakes(commits=partial(FakeCommits, deposed_at=0))
    lane.put(0, 2)
    with pytest.raises(Deposed):
        await lane.start()
    assert lane.effects == []


@on_a_loop
async def test_deposed_after_the_inserts_the_state_stays_as_it_was() -> None:
    lane = LaneOnFakes(commits=partial(FakeCommits, deposed_at=2))
    lane.put(0, 4)
    with pytest.raises(Deposed):
        await lane.start()
    assert lane.effects == [Committed(0, plan(0, 2)), Folded(0, 2), Inserted(token(0, 2))]
    assert lane.fold.offset == 0


@on_a_loop
async def test_deposed_at_its_last_commit_a_stopped_lane_saves_nothing() -> None:
    lane = LaneOnFakes(commits=partial(FakeCommits, deposed_at=2))
    lane.put(0, 2)
    task = lane.start()
    await lane.trace.until(Inserted(token(0, 2)))
    lane.lane.stop()
    with pytest.raises(Deposed):
        await task
    assert lane.effects[-1] == Inserted(token(0, 2))
    assert lane.fold.offset == 0


@on_a_loop
async def test_a_writer_that_gives_up_deposes_the_lane_and_the_plan_stays() -> None:
    lane = LaneOnFakes(writer=partial(FakeWriter, stuck=True))
    lane.put(0, 4)
    task = lane.start()
    await lane.trace.until(Folded(0, 2))
    lane.lane.abandon()
    with pytest.raises(Deposed, match="gave up 1:interactions:0:0-2"):
        await task
    assert lane.effects == [Committed(0, plan(0, 2)), Folded(0, 2)]


@on_a_loop
async def test_stop_before_a_plan_can_be_redone_leaves_it_pending() -> None:
    lane = LaneOnFakes()
    lane.put(0, 2)
    task = lane.start(0, pending=plan(0, 3))
    await lane.after_looks(1)
    await lane.stopped(task)
    assert lane.effects == []


@on_a_loop
async def test_stop_while_catching_up_commits_nothing() -> None:
    lane = LaneOnFakes()
    lane.put(0, 2)
    task = lane.start(4)
    await lane.trace.until(Saved(2))
    await lane.stopped(task)
    assert lane.effects == [Advanced(0, 2), Saved(2)]


@on_a_loop
async def test_release_settles_what_is_quickly_settled_and_closes() -> None:
    lane = LaneOnFakes()
    lane.put(0, 2)
    task = lane.start()
    await lane.trace.until(Inserted(token(0, 2)))
    await release(lane.lane, task, within_s=10)
    assert lane.effects[-2:] == [Committed(2, None), Saved(2)]
    assert (task.done(), lane.fold.closed, lane.writer.given_up) == (True, True, True)


@on_a_loop
async def test_release_leaves_a_batch_that_takes_too_long_to_the_next_owner() -> None:
    lane = LaneOnFakes(writer=partial(FakeWriter, stuck=True))
    lane.put(0, 4)
    task = lane.start()
    await lane.trace.until(Folded(0, 2))
    await release(lane.lane, task, within_s=0.01)
    assert lane.effects == [Committed(0, plan(0, 2)), Folded(0, 2)]
    assert (task.done(), lane.fold.closed, lane.fold.offset) == (True, True, 0)


@on_a_loop
async def test_release_of_a_lane_that_was_deposed_closes_it() -> None:
    lane = LaneOnFakes(commits=partial(FakeCommits, deposed_at=0))
    lane.put(0, 2)
    task = lane.start()
    with pytest.raises(Deposed):
        await asyncio.shield(task)
    await release(lane.lane, task, within_s=10)
    assert lane.fold.closed
