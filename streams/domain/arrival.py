"""Arrival: how old an interaction may claim to be when it comes in, by who vouches for its time.

A browser's clock is trusted for a week, a server's for a year. An import (`load`, `load:<map>`) is
history by definition: whoever loads a file vouches for its times, so any age is believed. Nobody
is believed about the future, but for the small disagreement of two clocks.
"""

from __future__ import annotations

from typing import Final

DAY_MS: Final = 86_400_000
PUBLIC_AGE_MS: Final = 7 * DAY_MS
TRUSTED_AGE_MS: Final = 365 * DAY_MS
AHEAD_MS: Final = 5 * 60_000


def is_public(source: str) -> bool:
    """Whether anybody can write as this source: `pixel`, `web` and `web:<snippet>`."""
    return source in ("pixel", "web") or source.startswith("web:")


def is_import(source: str) -> bool:
    """Whether this source is a file of the past: `load` and `load:<map>`."""
    return source == "load" or source.startswith("load:")


def age_ms(source: str) -> int | None:
    """How far before its receipt this source may date an interaction, inclusive; None: any."""
    if is_import(source):
        return None
    return PUBLIC_AGE_MS if is_public(source) else TRUSTED_AGE_MS
