"""Visitor: what the fold remembers of one visitor; no names, only keys and times.

Mutable, because the fold changes it for every interaction: building a new value each time costs
more than the fold itself (`tests/bench/engine.py`). Sequences are tuples, which Python's cyclic
collector lets go of; lists it would visit again and again, for a tenth of all time. Only `domain`
reaches into it.
"""

from __future__ import annotations

from typing import Final

import msgspec

RunRow = tuple[int, int, int, bool]
"""started_at, ended_at, interactions, capped; no interactions: there is no such session."""

NO_RUN: Final[RunRow] = (0, 0, 0, False)


class Run(msgspec.Struct, array_like=True, gc=False):
    """A session's interactions from `start` to `end`.

    `capped`: let go for newer ones; `was`: the row written before this batch.
    """

    start: int
    end: int
    count: int
    capped: bool = False
    was: RunRow | None = None


JourneyRow = tuple[int, int, int, int, int, int, int, int, int, int, int, int, int, int, int]
"""The values of a row of `journeys` from visit_at to capped, in the table's order."""


class Track(msgspec.Struct, array_like=True, gc=False):
    """One visitor in one campaign: sorted touches by stage, and how far they reach.

    The windows are those of the last touch that made a row.
    """

    campaign_key: int
    visits: tuple[int, ...] = ()
    talks: tuple[int, ...] = ()
    acts: tuple[int, ...] = ()
    pushbacks: tuple[int, ...] = ()
    visit_at: int = 0
    talk_at: int = 0
    act_at: int = 0
    first_passive_at: int = 0
    act_count: int = 0
    pushback_count: int = 0
    value_minor: int = 0
    origin_at: int = 0
    origin_key: int = 0
    capped: bool = False
    runs: tuple[Run, ...] = ()
    was: JourneyRow | None = None
    talk_window_ms: int = 0
    act_window_ms: int = 0


class Visitor(msgspec.Struct, array_like=True, gc=False):
    """The ids seen last (8 bytes each, oldest first), the device's skew, sessions and journeys."""

    ring: bytes = b""
    skew_ms: int | None = None
    runs: tuple[Run, ...] = ()
    tracks: tuple[Track, ...] = ()


def seen(ring: bytes, event_key: bytes) -> bool:
    """Whether an id of 8 bytes stands in the ring, at a multiple of 8."""
    at = ring.find(event_key)
    while at >= 0:
        if at % 8 == 0:
            return True
        at = ring.find(event_key, at + 1)
    return False
