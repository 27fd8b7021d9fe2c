"""A lane as a trace: plan, fold, write, settle, store, and who is in charge after a failure."""

from __future__ import annotations

from streams.worker.lane import BatchPolicy, Planned, Settled, Stored, Wrote
from tests.fakes.lane import (
    ClosedLog,
    Committed,
    Folded,
    Inserted,
    Saved,
)
from tests.loops import on_a_loop
from tests.unit.worker.running import LaneOnFakes, plan, token


@on_a_loop
async def test_the_commit_of_the_next_plan_settles_the_batch_before_it_is_stored() -> None:
    lane = LaneOnFakes()
    lane.put(0, 4)
    task = lane.start()
    await lane.trace.until(Inserted(token(2, 4)))
    assert lane.effects == [
        Committed(0, plan(0, 2)),
        Folded(0, 2),
        Inserted(token(0, 2)),
        Committed(2, plan(2, 4)),
        Saved(2),
        Folded(2, 4),
        Inserted(token(2, 4)),
    ]
    await lane.stopped(task)


@on_a_loop
async def test_a_batch_ends_by_age_and_an_idle_lane_settles_it() -> None:
    lane = LaneOnFakes(policy=BatchPolicy(100, 0.001))
    lane.put(0, 3)
    task = lane.start()
    await lane.trace.until(Saved(3))
    assert lane.effects == [
        Committed(0, plan(0, 3)),
        Folded(0, 3),
        Inserted(token(0, 3)),
        Committed(3, None),
        Saved(3),
    ]
    await lane.stopped(task)


@on_a_loop
async def test_a_lane_with_nothing_to_settle_commits_nothing() -> None:
    lane = LaneOnFakes(policy=BatchPolicy(2, 0.0))
    task = lane.start()
    await lane.after_looks(3)
    await lane.stopped(task)
    assert lane.effects == []


@on_a_loop
async def test_where_the_log_goes_on_after_offsets_without_records_is_settled_once() -> None:
    lane = LaneOnFakes(policy=BatchPolicy(2, 0.001))
    lane.put(0, 2)
    lane.lane.inbox.skip(2, 4)
    task = lane.start()
    await lane.trace.until(Saved(4))
    await lane.after_looks(2)
    await lane.stopped(task)
    assert lane.effects == [
        Committed(0, plan(0, 2)),
        Folded(0, 2),
        Inserted(token(0, 2)),
        Committed(2, None),
        Saved(2),
        Committed(4, None),
        Saved(4),
    ]


@on_a_loop
async def test_a_pending_plan_is_redone_in_its_boundaries_before_anything_else() -> None:
    lane = LaneOnFakes()
    lane.put(0, 5)
    task = lane.start(0, pending=plan(0, 3))
    await lane.trace.until(Inserted(token(3, 5)))
    assert lane.effects == [
        Folded(0, 3),
        Inserted(token(0, 3)),
        Committed(3, plan(3, 5)),
        Saved(3),
        Folded(3, 5),
        Inserted(token(3, 5)),
    ]
    await lane.stopped(task)


@on_a_loop
async def test_a_plan_of_an_earlier_epoch_is_redone_under_its_own_token() -> None:
    lane = LaneOnFakes()
    lane.put(0, 2)
    task = lane.start(0, pending=plan(0, 2, epoch=7))
    await lane.trace.until(Inserted("7:interactions:0:0-2"))
    await lane.stopped(task)
    assert lane.effects == [
        Folded(0, 2),
        Inserted("7:interactions:0:0-2"),
        Committed(2, None),
        Saved(2),
    ]


@on_a_loop
async def test_a_plan_is_redone_only_once_all_its_records_are_there() -> None:
    lane = LaneOnFakes()
    lane.put(0, 2)
    task = lane.start(0, pending=plan(0, 3))
    await lane.after_looks(1)
    assert lane.effects == []
    lane.put(2, 3)
    await lane.trace.until(Inserted(token(0, 3)))
    await lane.stopped(task)


@on_a_loop
async def test_every_change_is_saved_once_and_in_order() -> None:
    lane = LaneOnFakes()
    lane.put(0, 8)
    task = lane.start(4)
    await lane.trace.until(Inserted(token(6, 8)))
    await lane.stopped(task)
    assert lane.fold.saved == list(range(8))


@on_a_loop
async def test_nothing_is_folded_before_the_campaigns_that_it_depends_on_are_known() -> None:
    log = ClosedLog()
    lane = LaneOnFakes(log=log)
    lane.put(0, 2)
    task = lane.start()
    await log.waiting.wait()
    assert lane.effects == [Committed(0, plan(0, 2))]
    log.opened.set()
    await lane.trace.until(Inserted(token(0, 2)))
    await lane.stopped(task)
    assert log.asked == [1]


@on_a_loop
async def test_effects_are_told_to_whoever_observes() -> None:
    lane = LaneOnFakes()
    lane.put(0, 4)
    task = lane.start()
    await lane.trace.until(Inserted(token(2, 4)))
    await lane.stopped(task)
    assert lane.observed == [
        Planned(0, 2),
        Wrote(2),
        Settled(2),
        Stored(2),
        Planned(2, 4),
        Wrote(4),
        Settled(4),
        Stored(4),
    ]
