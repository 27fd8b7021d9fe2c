"""Holes: offsets that a fetch left out; passed only when the broker itself has no records there.

A fetch may have been dropped between the broker and a lane. So a hole is read once more, by a
consumer of its own, from exactly where it begins.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from faust.types import TP

from streams import metrics
from streams.eventlog.extents import cut_text
from streams.worker.lane import Lane

READ_S: Final = 5.0
FETCH_MS: Final = 500
SETTLE_S: Final = 10.0  # what a lane still holds of a cut log is written first
LOOK_AGAIN_S: Final = 0.1
log = logging.getLogger(__name__)


class Found(NamedTuple):
    """Where the log goes on: a record or its end; when `cut`, where it begins now."""

    offset: int
    cut: bool = False


FirstAt = Callable[[TP, int], Coroutine[Any, Any, Found | None]]


class Holes:
    """Looks into the holes of lanes, one look at a time for each partition."""

    def __init__(self, first_at: FirstAt, lost: Callable[[str], None]) -> None:
        """`first_at`: as `first_at` below, of one broker; `lost` is told of records never read."""
        self._first_at, self._lost = first_at, lost
        self._looks: dict[TP, asyncio.Task[None]] = {}

    def look(self, tp: TP, lane: Lane) -> None:
        """Find out what there is where the lane reads on; it has asked for it again meanwhile."""
        if tp not in self._looks:
            task = asyncio.create_task(self._look(tp, lane))
            self._looks[tp] = task
            task.add_done_callback(lambda _: self._looks.pop(tp))

    async def _look(self, tp: TP, lane: Lane) -> None:
        begin = lane.inbox.position
        found = await self._first_at(tp, begin)
        if found is None or found.offset <= begin:
            return
        if found.cut and found.offset > lane.settled:
            await _settled(lane, begin)
            self._lost(cut_text(tp.topic, tp.partition, max(begin, lane.settled), found.offset))
        before = lane.inbox.missing
        lane.inbox.skip(begin, found.offset)
        count_missing(tp, lane, before)


async def _settled(lane: Lane, position: int) -> None:
    """Return when the lane has settled all below the position, or does not get there in time."""
    try:
        async with asyncio.timeout(SETTLE_S):
            while lane.settled < position:
                await asyncio.sleep(LOOK_AGAIN_S)
    except TimeoutError:
        log.warning("settled %d of the records before %d", lane.settled, position)


def count_missing(tp: TP, lane: Lane, before: int) -> None:
    """Tell of offsets that the lane's inbox passed since it had passed `before`.

    Those below what is settled are not told: they were when they were passed first.
    """
    missing = lane.inbox.missing - before
    if missing and lane.inbox.position > lane.settled:
        log.warning("%s: no records at %d offsets before %d", tp, missing, lane.inbox.position)
        metrics.WORKER_MISSING.labels(tp.topic, tp.partition).inc(missing)


async def first_at(brokers: Sequence[str], tp: TP, offset: int) -> Found | None:
    """What the broker has at or after this offset.

    None when it did not answer in time, or has nothing there yet.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=brokers, enable_auto_commit=False, auto_offset_reset="none"
    )
    partition = TopicPartition(*tp)
    try:
        async with asyncio.timeout(READ_S):
            await consumer.start()
            consumer.assign([partition])
            consumer.seek(partition, offset)
            return await _first(consumer, partition, offset)
    except (TimeoutError, KafkaError) as error:
        log.warning("%s: offset %d could not be read: %s", tp, offset, type(error).__name__)
        return None
    finally:
        await consumer.stop()


async def _first(consumer: Any, partition: TopicPartition, offset: int) -> Found:
    """Waits for a record, or for the client to read past markers with nothing behind them."""
    try:
        while (position := await consumer.position(partition)) == offset:
            fetched = await consumer.getmany(partition, timeout_ms=FETCH_MS, max_records=1)
            if records := fetched.get(partition):
                return Found(records[0].offset)
    except OffsetOutOfRangeError:
        begins = await consumer.beginning_offsets([partition])
        return Found(begins[partition], cut=True)
    return Found(position)
