"""Retries: which inserts of this process are being repeated, since when, and what was said last."""

from __future__ import annotations

from typing import NamedTuple


class Retry(NamedTuple):
    """An insert that does not succeed; monotonic seconds."""

    since_s: float
    why: str


class Retries:
    """One entry for each writer; each writer's thread changes its own alone."""

    def __init__(self) -> None:
        self._going_on: dict[object, Retry] = {}

    def failed(self, writer: object, at_s: float, why: str) -> None:
        """Its insert did not succeed, and is sent again."""
        first = self._going_on.get(writer)
        self._going_on[writer] = Retry(first.since_s if first else at_s, why)

    def over(self, writer: object) -> None:
        """It repeats nothing."""
        self._going_on.pop(writer, None)

    def longest(self) -> Retry | None:
        """The one that began first."""
        return min(list(self._going_on.values()), default=None)


RETRIES = Retries()
