"""Signs: what each part of a worker last showed of being well; read from any thread.

Each sign is set by one thread alone, as one assignment, so no lock is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from faust.types import TP

from streams.warehouse.retries import RETRIES, Retries

LOOP_S: Final = 10.0  # a fold of the largest batch holds the event loop for 0.2 s
LANES_S: Final = 3.0
ANSWER_S: Final = 10.0
RETRY_S: Final = 20.0


class Trouble(NamedTuple):
    """A part that is not well, what it last said, and for how long."""

    part: str
    why: str
    for_s: float

    def __str__(self) -> str:
        return f"{self.part}: {self.why}, for {self.for_s:.0f} s"


class Standing(NamedTuple):
    """A partition: the end of its log (exclusive), where its lane reads on, what is settled."""

    end: int
    position: int
    settled: int


class Sign:
    """When a part was last well; one that is late by more than `within_s` is in trouble."""

    def __init__(self, part: str, within_s: float, at_s: float) -> None:
        self._part, self._within_s = part, within_s
        self._well: float | None = None
        self._began_s, self._why = at_s, "not heard of yet"

    @property
    def well_s(self) -> float | None:
        """When it was last well; None: never yet."""
        return self._well

    def well(self, at_s: float) -> None:
        """It is."""
        self._well, self._why = at_s, "silent"

    def unwell(self, why: str) -> None:
        """It is not; for how long counts from when it last was."""
        self._why = why

    def troubles(self, at_s: float) -> tuple[Trouble, ...]:
        """None while it was well lately."""
        if self._well is not None and at_s - self._well <= self._within_s:
            return ()
        since_s = self._began_s if self._well is None else self._well
        return (Trouble(self._part, self._why, at_s - since_s),)


class Signs:
    """All of one worker."""

    def __init__(self, at_s: float, retries: Retries = RETRIES) -> None:
        """`at_s`: now, monotonic; `retries`: those of all writers."""
        self.loop = Sign("event loop", LOOP_S, at_s)
        self.lanes = Sign("lanes", LANES_S, at_s)
        self.kafka = Sign("Kafka", ANSWER_S, at_s)
        self.clickhouse = Sign("ClickHouse", ANSWER_S, at_s)
        self._retries = retries
        self.standings: Mapping[TP, Standing] = {}

    def dead(self, at_s: float) -> tuple[Trouble, ...]:
        """What only a new process can mend; a loop that has not begun is none."""
        return self.loop.troubles(at_s) if self.loop.well_s is not None else ()

    def unready(self, at_s: float) -> tuple[Trouble, ...]:
        """Why nothing may be expected of this worker now."""
        return (
            *self.loop.troubles(at_s),
            *self.lanes.troubles(at_s),
            *self.kafka.troubles(at_s),
            *self.clickhouse.troubles(at_s),
            *self._repeating(at_s),
        )

    def is_away(self, at_s: float) -> bool:
        """Whether a lane has reason to wait: Kafka or ClickHouse does not answer as it should."""
        away = (*self.kafka.troubles(at_s), *self.clickhouse.troubles(at_s))
        return bool(away) or self._retries.longest() is not None

    def _repeating(self, at_s: float) -> tuple[Trouble, ...]:
        longest = self._retries.longest()
        if longest is None or at_s - longest.since_s <= RETRY_S:
            return ()
        why = f"an insert is repeated ({longest.why})"
        return (Trouble("ClickHouse", why, at_s - longest.since_s),)
