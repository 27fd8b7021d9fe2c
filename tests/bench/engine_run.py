"""One engine on one core over a filled topic; prints events per second from 20 to 95 %.

    python -m tests.bench.engine_run plain|worker|catchup|clickhouse EVENTS CORE

The settings come from the environment. `plain` is `tests/bench/plain.py`;
`catchup` is a worker whose group has settled all, while its state is new.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
import time
from collections.abc import Sequence

import faust

from streams import topics
from streams.codec.rows import Place
from streams.ports.facts import InsertBatch
from streams.settings import read_settings
from streams.warehouse.writer import Writer
from streams.worker.app import GC_THRESHOLDS, build
from streams.worker.lane import Effect, Stored
from tests.bench.plain import plain_app

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


def main(mode: str, events: int, core: int) -> None:
    """Run until all events are through."""
    os.sched_setaffinity(0, {core})
    settings, progress = read_settings(), Progress(events)
    settings.store_folder.mkdir(parents=True)

    def observe(place: Place, effect: Effect) -> None:
        if isinstance(effect, Stored) and place.topic == topics.INTERACTIONS:
            progress.reached(place.partition, effect.end)

    if mode == "plain":
        app = plain_app(settings, progress.reached)
    else:
        app = build(
            settings, (lambda: Writer(settings)) if mode == "clickhouse" else Nowhere, observe
        )
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    faust.Worker(app, loglevel=logging.ERROR, quiet=True).execute_from_commandline()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
