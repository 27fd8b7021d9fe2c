"""Letter limit: a worker that cannot read what its own collector wrote stops before it writes that.

A bad deploy must not drain a topic into dead letters, but poison from outside must stop nothing. So
only those records count that are dead letters though they have what only a collector gives: an
object with tenant, visitor and time of receipt, under just that visitor's key. And they count only
when many visitors have them: one broken sender is no bad deploy.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from streams.codec.batch import Batch, Record
from streams.domain.interaction import record_key

WINDOW: Final = 1_000  # records, at least, that a judgement is made on
VISITORS: Final = 50


class TooManyLetters(Exception):
    """What was found, and what to do."""


class _Envelope(msgspec.Struct):
    tenant: str
    visitor: str
    received_at: int


class _Look(NamedTuple):
    """One batch: its records, those that are misread, and whose they are."""

    records: int
    misread: int
    keys: frozenset[bytes]


_envelope: Final = msgspec.json.Decoder(_Envelope)


class LetterLimit:
    """Judges the batches of one partition from `begin` on; what is below it was written before."""

    def __init__(self, share: float, begin: int, window: int = WINDOW) -> None:
        self._share, self._begin, self._window = share, begin, window
        self._looks: deque[_Look] = deque()

    def check(self, records: Sequence[Record], batch: Batch) -> None:
        """Raises TooManyLetters when more than the share of the last records is misread."""
        if self._share >= 1 or not records or records[0].offset < self._begin:
            return
        self._looks.append(_look(records, batch))
        seen = sum(look.records for look in self._looks)
        while seen - self._looks[0].records >= self._window:
            seen -= self._looks.popleft().records
        misread = sum(look.misread for look in self._looks)
        visitors = len(frozenset().union(*(look.keys for look in self._looks)))
        if seen >= self._window and misread > self._share * seen and visitors >= VISITORS:
            raise TooManyLetters(_told(seen, misread, visitors, self._share, batch))


def _look(records: Sequence[Record], batch: Batch) -> _Look:
    if not batch.letters:
        return _Look(len(records), 0, frozenset())
    dead = {letter.offset for letter in batch.letters}
    ours = [record.key or b"" for record in records if record.offset in dead and _is_ours(record)]
    return _Look(len(records), len(ours), frozenset(ours))


def _is_ours(record: Record) -> bool:
    """Has it what a collector, and hardly anybody else, gives a record?"""
    try:
        found = _envelope.decode(record.value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return record.key == record_key(found.tenant, found.visitor)


def _told(seen: int, misread: int, visitors: int, share: float, batch: Batch) -> str:
    example = batch.letters[-1].dead
    return (
        f"expected at most {share:.0%} of what the collector wrote to be unreadable, found "
        f"{misread:,} of the last {seen:,} records, of {visitors:,} visitors "
        f"({example.reason}: {example.detail}). Nothing of it was written. Is this worker older "
        "than the collector, or was it changed? Put the right version in place; or let them become "
        "dead letters with STEPTHREE_DEAD_LETTER_LIMIT=1 and replay those later"
    )
