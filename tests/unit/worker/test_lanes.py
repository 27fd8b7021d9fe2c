"""Lanes: one per partition that this worker holds, all under one lease."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from faust.types import TP

from streams.codec.plan import UnknownPlan, encode_plan
from streams.codec.rows import Place
from streams.worker.ending import FAILED
from tests.fakes.lane import (
    Committed,
    Folded,
    Inserted,
    Saved,
)
from tests.loops import on_a_loop
from tests.unit.worker.membership import worker
from tests.unit.worker.running import NEVER_S, log_of, plan, token

ROOT = Path(__file__).parents[3]
ZERO, ONE = TP("interactions", 0), TP("interactions", 1)


@on_a_loop
async def test_each_assigned_partition_reads_from_where_its_state_stands() -> None:
    committed = {ZERO: (9, ""), ONE: (4, encode_plan(None))}
    async with worker({ZERO, ONE}, committed, stored=3) as found:
        assert await found.lanes.open() == {ZERO: 3, ONE: 3}
        assert sorted(found.opened) == [
            (Place("interactions", 0, 1), 9),
            (Place("interactions", 1, 1), 4),
        ]


@on_a_loop
async def test_without_the_guards_answer_no_lane_opens_and_the_worker_is_not_ready() -> None:
    async with worker({ZERO}) as found:
        await found.lanes.open()
        found.consumer.rebalanced(5, {ZERO})
        found.known = False
        assert await found.lanes.open() is None
        assert (found.lanes.ready, found.lanes.held()) == (False, {})
        found.known = True
        assert await found.lanes.open() == {ZERO: 0}
        assert found.lanes.ready


@on_a_loop
async def test_the_log_is_looked_at_before_lanes_open_and_under_each_lease_anew() -> None:
    async with worker({ZERO}) as found:
        await found.lanes.open()
        await found.lanes.open()
        found.consumer.rebalanced(5, {ZERO})
        await found.lanes.open()
        assert found.guarded == [0, 1]


@on_a_loop
async def test_a_worker_is_ready_once_it_is_a_member_though_it_holds_nothing() -> None:
    async with worker(set()) as found:
        assert not found.lanes.ready
        assert await found.lanes.open() == {}
        assert found.lanes.ready


@on_a_loop
async def test_a_fetch_goes_to_the_lane_of_its_partition() -> None:
    async with worker({ZERO, ONE}) as found:
        await found.lanes.open()
        found.lanes.feed(ONE, log_of(0, 2))
        await found.trace.until(Inserted("1:interactions:1:0-2"))
        assert found.trace.effects == [Folded(0, 2), Inserted("1:interactions:1:0-2")]


@on_a_loop
async def test_a_fetch_of_a_partition_that_went_is_dropped() -> None:
    async with worker({ZERO}) as found:
        await found.lanes.open()
        found.lanes.feed(ONE, log_of(0, 2))
        assert found.consumer.reseeks == []


@on_a_loop
async def test_a_fetch_beyond_a_hole_is_asked_for_again_from_the_hole_on() -> None:
    async with worker({ZERO}, stored=3) as found:
        await found.lanes.open()
        found.lanes.feed(ZERO, log_of(5, 7))
        assert found.consumer.reseeks == [(ZERO, 3)]


@on_a_loop
async def test_opened_again_under_the_same_lease_the_lanes_go_on_from_where_they_read() -> None:
    async with worker({ZERO}) as found:
        await found.lanes.open()
        found.lanes.feed(ZERO, log_of(0, 1))
        assert await found.lanes.open() == {ZERO: 1}
        assert len(found.folds) == 1


@on_a_loop
async def test_a_new_lease_releases_the_lanes_and_opens_them_anew() -> None:
    async with worker({ZERO}) as found:
        await found.lanes.open()
        found.consumer.rebalanced(5, {ZERO, ONE})
        assert await found.lanes.open() == {ZERO: 0, ONE: 0}
        assert [fold.closed for fold in found.folds] == [True, False, False]


@on_a_loop
async def test_a_lane_of_an_old_lease_commits_nothing_under_the_new_one() -> None:
    async with worker({ZERO}) as found:
        await found.lanes.open()
        found.consumer.rebalanced(5, {ZERO})
        found.lanes.feed(ZERO, log_of(0, 2))
        await asyncio.sleep(0.01)
        assert (found.sent(), found.trace.effects) == ([], [])


@on_a_loop
async def test_released_lanes_have_settled_what_they_had_written() -> None:
    async with worker({ZERO}) as found:
        await found.lanes.open()
        found.lanes.feed(ZERO, log_of(0, 2))
        await found.trace.until(Inserted(token(0, 2)))
        await found.lanes.release()
        assert found.sent() == [(0, encode_plan(plan(0, 2))), (2, encode_plan(None))]
        assert found.trace.effects[-1] == Saved(2)
        assert found.folds[0].closed
        assert found.lanes.hungry() == set()


@on_a_loop
async def test_a_plan_in_the_metadata_is_redone() -> None:
    async with worker({ZERO}, {ZERO: (0, encode_plan(plan(0, 3)))}) as found:
        await found.lanes.open()
        found.lanes.feed(ZERO, log_of(0, 3))
        await found.trace.until(Inserted(token(0, 3)))
        assert Committed(0, plan(0, 2)) not in found.trace.effects


@on_a_loop
async def test_metadata_that_is_no_plan_is_refused_before_anything_is_read() -> None:
    async with worker({ZERO}, {ZERO: (7, "note")}) as found:
        with pytest.raises(UnknownPlan):
            await found.lanes.open()


@on_a_loop
async def test_a_partition_is_hungry_until_two_batches_wait() -> None:
    async with worker({ZERO, ONE}, {ZERO: (100, ""), ONE: (0, "")}) as found:
        await found.lanes.open()
        assert found.lanes.hungry() == {ZERO, ONE}
        found.lanes.feed(ZERO, log_of(0, 4))
        assert found.lanes.hungry() == {ONE}
        await found.trace.until(Saved(2))
        assert found.lanes.hungry() == {ZERO, ONE}


@on_a_loop
async def test_whoever_waits_for_room_goes_on_as_soon_as_there_is_some() -> None:
    async with worker({ZERO}, {ZERO: (100, "")}) as found:
        await found.lanes.open()
        found.lanes.feed(ZERO, log_of(0, 4))
        await found.lanes.wait_hungry(NEVER_S)
        assert found.lanes.hungry() == {ZERO}


@on_a_loop
async def test_waiting_for_room_ends_after_its_time() -> None:
    async with worker(set()) as found:
        await found.lanes.open()
        await found.lanes.wait_hungry(0.001)


@on_a_loop
async def test_a_partition_is_behind_by_what_is_not_settled_of_what_the_log_holds() -> None:
    async with worker({ZERO, ONE}) as found:
        await found.lanes.open()
        assert found.lanes.behind() == {}
        found.consumer.highwaters = {ZERO: 7}
        found.lanes.feed(ZERO, log_of(0, 4))
        await found.trace.until(Saved(2))
        assert found.lanes.behind() == {ZERO: 5}


FAILING = """
import asyncio
from faust.types import TP
from tests.unit.worker.running import log_of
from tests.unit.worker.membership import Worker

class Broken(Worker):
    def _fold_of(self, place, committed):
        fold = super()._fold_of(place, committed)
        fold.fold = None
        return fold

async def main():
    worker = Broken({TP("interactions", 0)}, {}, 0)
    await worker.lanes.open()
    worker.lanes.feed(TP("interactions", 0), log_of(0, 2))
    await asyncio.sleep(20)

asyncio.run(main())
"""


def test_a_lane_that_fails_ends_the_process_with_a_code_of_its_own_and_says_why() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FAILING],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == FAILED
    assert "TypeError" in ended.stderr
