"""Plain: the Faust agent that anyone writes first: one event comes in, is folded, and is next.

It has the worker's fold, facts and store. Rows and state are written in blocks, its best case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import faust

from streams import topics
from streams.codec.batch import Batch, decode_batch
from streams.codec.rows import (
    Place,
    event_rows,
    journey_rows,
    origin_rows,
    origins_of,
    receipt_rows,
    session_rows,
)
from streams.domain.campaign import Campaigns
from streams.domain.facts import Facts
from streams.domain.fold import fold
from streams.domain.stamp import Stamper
from streams.settings import Settings
from streams.worker.app import default_policy, faust_app, limits_of
from streams.worker.store import RocksStore

BLOCK = 2_000


class PlainRecord(NamedTuple):
    """A record as one event of Faust carries it."""

    key: bytes | None
    value: bytes | None
    offset: int
    timestamp: int
    headers: Sequence[tuple[str, bytes]] = ()


class PlainPartition:
    """One partition's state, and the facts since the last block."""

    def __init__(self, settings: Settings, partition: int) -> None:
        self._store = RocksStore(settings.store_folder / f"plain-{partition}")
        self._place = Place(topics.INTERACTIONS, partition, settings.epoch)
        self._stamper = Stamper(Campaigns(default_policy(settings)))
        self._limits = limits_of(settings)
        self._begin()

    def fold(self, record: PlainRecord) -> bool:
        """Fold one event; whether a block is full and was written."""
        batch = decode_batch([record], self._stamper)
        visitors = self._store.load(step[0] for step in batch.steps)
        self._add(batch, fold(batch.steps, visitors, self._limits))
        if len(self._batch.interactions) < BLOCK:
            return False
        self._write(record.offset + 1)
        return True

    def _begin(self) -> None:
        self._batch = Batch([], [], [], [], [], [], [], [])
        self._facts = Facts([], [], [], [], [], [], {})

    def _add(self, batch: Batch, facts: Facts) -> None:
        base, all_facts = len(self._batch.interactions), self._facts
        for mine, found in zip(self._batch, batch, strict=True):
            mine.extend(found)  # type: ignore[arg-type]  # each list with its own
        all_facts.accepted.extend(base + index for index in facts.accepted)
        all_facts.derived_at.extend(facts.derived_at)
        all_facts.clamped.extend(facts.clamped)
        all_facts.duplicates.extend(base + index for index in facts.duplicates)
        all_facts.sessions.extend((base + row[0], *row[1:]) for row in facts.sessions)
        all_facts.journeys.extend((base + row[0], *row[1:]) for row in facts.journeys)
        all_facts.changed.update(facts.changed)

    def _write(self, end: int) -> None:
        event_rows(self._batch, self._facts, self._place)
        session_rows(self._batch, self._facts)
        journey_rows(self._batch, self._facts)
        receipt_rows(self._batch, self._facts.duplicates)
        origin_rows(origins_of(self._batch))
        self._store.save(self._facts.changed, end)
        self._begin()


def plain_app(settings: Settings, reached: Callable[[int, int], None]) -> faust.App:
    """An app with that agent; `reached(partition, end)` after each block."""
    app = faust_app(settings)
    topic = app.topic(topics.INTERACTIONS, key_serializer="raw", value_serializer="raw")
    partitions: dict[int, PlainPartition] = {}

    async def plain(stream: Any) -> None:
        async for event in stream.events():
            found = event.message
            if found.partition not in partitions:
                partitions[found.partition] = PlainPartition(settings, found.partition)
            at_ms = int(found.timestamp * 1000)
            record = PlainRecord(found.key, found.value, found.offset, at_ms)
            if partitions[found.partition].fold(record):
                reached(found.partition, found.offset + 1)

    app.agent(topic, concurrency=1)(plain)
    return app
