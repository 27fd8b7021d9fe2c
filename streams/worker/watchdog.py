"""Watchdog: a worker that makes no progress ends itself; being a process is not enough.

What must move: the event loop's beat; and in each partition with unsettled records, while Kafka and
ClickHouse answer, where its lane reads or what it has settled. A lane that waits for one of them
has reason to, and goes on by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from threading import Thread
from typing import Any, Final

from streams.worker.ending import FAILED
from streams.worker.signs import Signs, Standing

LOOK_EVERY_S: Final = 1.0
PAUSED_S: Final = 5.0  # a look so late: the whole process was stopped, and nothing could move
LOOP: Final = "event loop"


class Watch:
    """Remembers since when each thing stands still."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._seen: dict[Hashable, object] = {}
        self._since_s: dict[Hashable, float] = {}
        self._looked_s: float | None = None

    def look(
        self,
        beat_s: float | None,
        standings: Mapping[Any, Standing],
        at_s: float,
        *,
        is_away: bool = False,
    ) -> tuple[str, ...]:
        """What stands still for longer than the limit.

        `beat_s`: of the event loop, None before it runs; `is_away`: lanes have reason to wait.
        """
        was_paused = self._looked_s is not None and at_s - self._looked_s > PAUSED_S
        self._looked_s = at_s
        seen: dict[Hashable, object] = {} if is_away else dict(_behind(standings))
        if beat_s is not None:
            seen[LOOP] = beat_s
        self._since_s = {
            what: at_s if was_paused or self._seen.get(what) != found else self._since_s[what]
            for what, found in seen.items()
        }
        self._seen = seen
        return tuple(
            _told(what, seen[what], at_s - since_s)
            for what, since_s in self._since_s.items()
            if at_s - since_s > self._limit_s
        )


def _behind(standings: Mapping[Any, Standing]) -> Mapping[Any, tuple[int, int]]:
    """Position and settled offset, of partitions with records to settle."""
    return {
        tp: (standing.position, standing.settled)
        for tp, standing in standings.items()
        if standing.end > standing.settled
    }


def _told(what: Any, found: object, for_s: float) -> str:
    if isinstance(found, tuple):
        return (
            f"{what.topic}[{what.partition}] stands still for {for_s:.0f} s though there are"
            f" records: it reads at {found[0]} and has settled {found[1]}"
        )
    return f"the {what} stands still for {for_s:.0f} s"


def start_watchdog(
    signs: Signs, limit_s: float, monotonic_s: Callable[[], float], end: Callable[[int, str], None]
) -> None:
    """Look every second, in a thread of its own, so that a hanging event loop is seen too."""
    watch = Watch(limit_s)

    def look_forever() -> None:
        while True:
            at_s = monotonic_s()
            still = watch.look(
                signs.loop.well_s, signs.standings, at_s, is_away=signs.is_away(at_s)
            )
            if still:
                end(FAILED, f"no progress: {'; '.join(still)}")
            time.sleep(LOOK_EVERY_S)

    Thread(target=look_forever, name="watchdog", daemon=True).start()
