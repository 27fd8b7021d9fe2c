"""One engine on one core over a filled topic; prints events per second from 20 to 95 %.

    python -m tests.bench.engine_run plain|worker|clickhouse EVENTS CORE

The settings come from the environment. `plain` is an ordinary Faust agent, one event at a time,
that runs the worker's own fold over every 2,000 events: its best case.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import faust

from streams import topics
from streams.codec.rows import Place
from streams.domain.campaign import Campaigns
from streams.domain.stamp import Stamper
from streams.ports.facts import InsertBatch
from streams.settings import Settings, read_settings
from streams.warehouse.writer import Writer
from streams.worker.app import GC_THRESHOLDS, build, default_policy, faust_app, limits_of
from streams.worker.folds import InteractionFold
from streams.worker.lane import Effect, Stored
from streams.worker.store import RocksStore

BLOCK = 2_000
FIRST, LAST = 0.2, 0.95  # of the events: before is the start, after it partitions run dry


class Progress:
    """Counts events, ends the process with the rate when all have come."""

    def __init__(self, events: int) -> None:
        self._events = events
        self._done: dict[int, int] = {}
        self._marks: list[tuple[int, float, float]] = []

    def reached(self, partition: int, end: int) -> None:
        """All events of a partition below `end` are through."""
        self._done[partition] = end
        count = sum(self._done.values())
        self._marks.append((count, time.perf_counter(), time.process_time()))
        if count >= self._events * LAST:
            self._print()
            os._exit(0)

    def _print(self) -> None:
        steady = [m for m in self._marks if m[0] / self._events >= FIRST]
        first, last = steady[0], steady[-1]
        count, seconds, cpu_s = (b - a for a, b in zip(first, last, strict=True))
        print(
            json.dumps({"per_s": round(count / seconds), "cpu_us": round(cpu_s / count * 1e6, 2)})
        )
        sys.stdout.flush()


class Nowhere:
    """A writer that takes the facts and sends nothing."""

    async def write(self, inserts: Sequence[InsertBatch], token: str) -> bool:
        """Everything is written at once."""
        return True

    def give_up(self) -> None:
        """Nothing is under way."""


class PlainRecord(NamedTuple):
    """A record as one event of Faust carries it."""

    key: bytes | None
    value: bytes | None
    offset: int
    timestamp: int
    headers: Sequence[tuple[str, bytes]] = ()


def plain_app(settings: Settings, progress: Progress) -> faust.App:
    """The agent anyone writes first."""
    app = faust_app(settings)
    topic = app.topic(topics.INTERACTIONS, key_serializer="raw", value_serializer="raw")
    stamper, limits = Stamper(Campaigns(default_policy(settings))), limits_of(settings)
    folds: dict[int, InteractionFold] = {}
    waiting: dict[int, list[PlainRecord]] = {}

    def fold_block(partition: int, records: list[PlainRecord]) -> None:
        if partition not in folds:
            store = RocksStore(settings.store_folder / f"plain-{partition}")
            place = Place(topics.INTERACTIONS, partition, settings.epoch)
            folds[partition] = InteractionFold(store, stamper, limits, place)
        end = records[-1].offset + 1
        folds[partition].save(folds[partition].fold(records).changed, end)
        progress.reached(partition, end)

    async def plain(stream: Any) -> None:
        async for event in stream.events():
            found = event.message
            at_ms = int(found.timestamp * 1000)
            record = PlainRecord(found.key, found.value, found.offset, at_ms)
            records = waiting.setdefault(found.partition, [])
            records.append(record)
            if len(records) >= BLOCK:
                fold_block(found.partition, waiting.pop(found.partition))

    app.agent(topic, concurrency=1)(plain)
    return app


def main(mode: str, events: int, core: int) -> None:
    """Run until all events are through."""
    os.sched_setaffinity(0, {core})
    settings, progress = read_settings(), Progress(events)
    settings.store_folder.mkdir(parents=True)

    def observe(place: Place, effect: Effect) -> None:
        if isinstance(effect, Stored) and place.topic == topics.INTERACTIONS:
            progress.reached(place.partition, effect.end)

    if mode == "plain":
        app = plain_app(settings, progress)
    else:
        app = build(settings, Nowhere if mode == "worker" else lambda: Writer(settings), observe)
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    faust.Worker(app, loglevel=logging.ERROR, quiet=True).execute_from_commandline()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
