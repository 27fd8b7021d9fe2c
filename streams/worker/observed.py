"""Observed: what lanes do, as metrics; nothing to settle is as fresh as settled."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol

from faust.types import TP

from streams import metrics
from streams.clock import now_ms
from streams.codec.rows import Place
from streams.worker.lane import Effect, Planned, Settled, Wrote

LOOK_EVERY_S = 1.0


class Behind(Protocol):
    """Lanes that know how far behind they are."""

    def behind(self) -> Mapping[TP, int]:
        """Records of each partition beyond the last settled one."""


class Observed:
    """Counts what lanes settle; called with every effect."""

    def __init__(self) -> None:
        self._begins: dict[Place, int] = {}

    def __call__(self, place: Place, effect: Effect) -> None:
        """A batch that was planned by another worker is not known by its begin, and not counted."""
        labels = place.topic, place.partition
        if isinstance(effect, Planned):
            self._begins[place] = effect.begin
        elif isinstance(effect, Wrote):
            for outcome, count in effect.outcomes.items():
                metrics.WORKER_OUTCOMES.labels(outcome).inc(count)
        elif isinstance(effect, Settled):
            settled = effect.end - self._begins.pop(place, effect.end)
            metrics.WORKER_RECORDS.labels(*labels).inc(settled)
            metrics.WORKER_FRESHNESS.labels(*labels).set(now_ms() / 1_000)


async def measure(lanes: Behind, every_s: float = LOOK_EVERY_S) -> None:
    """Keep lag and freshness up to date, for ever."""
    while True:
        for tp, behind in lanes.behind().items():
            metrics.WORKER_LAG.labels(tp.topic, tp.partition).set(behind)
            if behind == 0:
                metrics.WORKER_FRESHNESS.labels(tp.topic, tp.partition).set(now_ms() / 1_000)
        await asyncio.sleep(every_s)
