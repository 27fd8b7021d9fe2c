"""Tally: what was read of a file and what became of it; the one thing that grows while loading."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from streams.codec.refusal import excerpt
from streams.domain.outcome import DeadLetter, FailureReason
from streams.load.delimited import ReadLine
from streams.load.files import BrokenFile
from streams.load.mapping import Mapped, Mapper

HEAD_LINES: Final = 1_000  # looked at before anything is sent


LoadedLine = tuple[int, Mapped | DeadLetter]
"""A line's number, and what it became; a plain tuple, since there is one per line."""


@dataclass(slots=True)
class Refusals:
    """How many lines were refused for one reason, and the first of them."""

    first_line: int
    first_text: str
    first_detail: str
    count: int = 0


@dataclass(slots=True)
class Tally:
    """Lines read and refused so far; `broken` says why the file could not be read to its end."""

    read: int = 0
    refused: int = 0
    reasons: dict[FailureReason, Refusals] = field(default_factory=dict)
    broken: str = ""
    last_line: int = 0

    def count(self, number: int, outcome: Mapped | DeadLetter) -> None:
        """One more line."""
        self.read += 1
        self.last_line = number
        if isinstance(outcome, DeadLetter):
            self.refused += 1
            first = Refusals(number, excerpt(outcome.original), outcome.detail)
            self.reasons.setdefault(outcome.reason, first).count += 1

    @contextmanager
    def noting_breaks(self) -> Iterator[None]:
        """A file that breaks off ends what is inside, and `broken` says why."""
        try:
            yield
        except BrokenFile as error:
            self.broken = str(error)


def read_lines(
    lines: Iterator[ReadLine], mapper: Mapper, tally: Tally, now_ms: Callable[[], int]
) -> Iterator[LoadedLine]:
    """Each line as what it became, counted; a file that breaks off ends there and says so."""
    with tally.noting_breaks():
        for number, line, row in lines:
            read = row if isinstance(row, DeadLetter) else mapper.map(line, row, now_ms())
            tally.count(number, read)
            yield number, read
