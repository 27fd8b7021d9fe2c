"""Holes: passed only when the broker has no records there, and counted."""

from __future__ import annotations

import asyncio

from faust.types import TP

from streams import metrics
from streams.worker.holes import Found
from tests.fakes.lane import Inserted
from tests.loops import on_a_loop
from tests.unit.worker.membership import Worker, worker
from tests.unit.worker.running import log_of

ZERO = TP("interactions", 0)


def missing() -> float:
    """How many offsets were passed so far."""
    return metrics.WORKER_MISSING.labels(ZERO.topic, ZERO.partition)._value.get()


async def position(found: Worker) -> int:
    """Where partition 0 reads on, once it had time to look."""
    for _ in range(5):
        await asyncio.sleep(0)
    return (await found.lanes.open())[ZERO]


@on_a_loop
async def test_a_fetch_that_was_dropped_on_the_way_is_never_passed() -> None:
    async with worker({ZERO}, stored=3) as found:
        before = missing()
        await found.lanes.open()
        found.consumer.log[ZERO] = Found(3)
        found.lanes.feed(ZERO, log_of(5, 7))
        assert await position(found) == 3
        found.lanes.feed(ZERO, log_of(3, 7))
        await found.trace.until(Inserted("1:interactions:0:3-5"))
        assert missing() == before


@on_a_loop
async def test_offsets_without_records_are_passed_and_counted() -> None:
    async with worker({ZERO}, stored=3) as found:
        before = missing()
        await found.lanes.open()
        found.consumer.log[ZERO] = Found(5)
        found.lanes.feed(ZERO, log_of(5, 7))
        assert await position(found) == 5
        found.lanes.feed(ZERO, log_of(5, 7))
        await found.trace.until(Inserted("1:interactions:0:5-7"))
        assert missing() == before + 2
        assert found.lost == []


@on_a_loop
async def test_offsets_without_records_within_a_fetch_are_counted() -> None:
    async with worker({ZERO}) as found:
        before = missing()
        await found.lanes.open()
        found.lanes.feed(ZERO, log_of(0, 1) + log_of(3, 4))
        await found.trace.until(Inserted("1:interactions:0:0-4"))
        assert missing() == before + 2


@on_a_loop
async def test_a_hole_below_the_committed_offset_was_counted_before() -> None:
    async with worker({ZERO}, {ZERO: (9, "")}, stored=3) as found:
        before = missing()
        await found.lanes.open()
        assert await position(found) == 3
        found.lanes.feed(ZERO, log_of(3, 4) + log_of(6, 7))
        assert await position(found) == 7
        assert missing() == before


@on_a_loop
async def test_a_broker_that_does_not_answer_passes_nothing() -> None:
    async with worker({ZERO}, stored=3) as found:
        await found.lanes.open()
        found.consumer.log[ZERO] = None  # type: ignore[assignment] - as first_at has it
        found.lanes.feed(ZERO, log_of(5, 7))
        assert await position(found) == 3


@on_a_loop
async def test_records_deleted_before_they_were_folded_are_lost() -> None:
    async with worker({ZERO}, {ZERO: (3, "")}, stored=3) as found:
        await found.lanes.open()
        found.consumer.log[ZERO] = Found(5, cut=True)
        found.lanes.feed(ZERO, log_of(5, 7))
        await position(found)
        assert found.lost == [
            "interactions[0]: expected the records from offset 3 on, found a log that begins at 5:"
            " 2 were deleted before they were folded. `stepthree worker --accept-loss` goes on"
            " without them"
        ]


@on_a_loop
async def test_records_deleted_after_they_were_settled_are_not() -> None:
    async with worker({ZERO}, {ZERO: (5, "")}, stored=3) as found:
        await found.lanes.open()
        assert await position(found) == 3
        found.consumer.log[ZERO] = Found(5, cut=True)
        found.lanes.feed(ZERO, log_of(5, 7))
        assert await position(found) == 5
        assert found.lost == []
