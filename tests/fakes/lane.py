"""Fakes of what a lane works with; all write what they do into one trace, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from streams.codec.batch import Record
from streams.codec.plan import Plan, decode_plan
from streams.codec.rows import Place
from streams.domain.visitor import Visitor
from streams.ports.facts import InsertBatch
from streams.worker.folds import Folded as FoldResult
from streams.worker.lease import Deposed


class Committed(NamedTuple):
    """The group's offset, and the plan that went with it."""

    offset: int
    plan: Plan | None


class Folded(NamedTuple):
    """Records [begin, end) became facts."""

    begin: int
    end: int


class Advanced(NamedTuple):
    """Records [begin, end) went into the state; their facts stand already."""

    begin: int
    end: int


class Inserted(NamedTuple):
    """All inserts under this token are acknowledged."""

    token: str


class Saved(NamedTuple):
    """The state holds all records below the offset."""

    offset: int


Effect = Committed | Folded | Advanced | Inserted | Saved


class Trace:
    """Effects in the order in which they came true; `before` may raise instead."""

    def __init__(self, before: Callable[[Effect], None] = lambda effect: None) -> None:
        self.effects: list[Effect] = []
        self._before = before
        self._changed = asyncio.Event()

    def add(self, effect: Effect) -> None:
        """It has come true."""
        self._before(effect)
        self.effects.append(effect)
        self._changed.set()

    async def until(self, effect: Effect) -> None:
        """Return once it has come true; TimeoutError when it does not."""
        async with asyncio.timeout(10):
            while effect not in self.effects:
                self._changed.clear()
                await self._changed.wait()


class FakeCommits:
    """The group's offset under a lease that ends when `deposed_at` is to be committed."""

    def __init__(self, trace: Trace, deposed_at: int | None = None) -> None:
        self._trace, self._deposed_at = trace, deposed_at

    async def commit(self, offset: int, metadata: str) -> None:
        """Applied at once, or Deposed."""
        await asyncio.sleep(0)
        if offset == self._deposed_at:
            raise Deposed("somebody else owns the partition")
        self._trace.add(Committed(offset, decode_plan(metadata)))


class FakeWriter:
    """Takes all, or none once told to give up; while `stuck` it repeats until then."""

    def __init__(self, trace: Trace, *, stuck: bool = False) -> None:
        self._trace, self._stuck = trace, stuck
        self._given_up = asyncio.Event()
        self.written: dict[str, tuple[InsertBatch, ...]] = {}

    @property
    def given_up(self) -> bool:
        """Whether it was told to."""
        return self._given_up.is_set()

    async def write(self, inserts: Sequence[InsertBatch], token: str) -> bool:
        """A token never carries other content."""
        await asyncio.sleep(0)
        if self._stuck:
            await self._given_up.wait()
        if self.given_up:
            return False
        assert self.written.setdefault(token, tuple(inserts)) == tuple(inserts)
        self._trace.add(Inserted(token))
        return True

    def give_up(self) -> None:
        """No further insert."""
        self._given_up.set()


class FakeFold:
    """Facts are the offsets of the records, and so is the state, under the keys of visitors."""

    def __init__(self, trace: Trace, offset: int = 0) -> None:
        self._trace, self.offset = trace, offset
        self.saved: list[int] = []
        self.skipped: list[int] = []
        self.closed = False

    def fold(self, records: Sequence[Record]) -> FoldResult:
        """One row and one changed visitor per record."""
        offsets = [record.offset for record in records]
        self._trace.add(Folded(offsets[0], offsets[-1] + 1))
        rows = InsertBatch("events", {"offset": offsets})
        return FoldResult((rows,), {offset: Visitor() for offset in offsets})

    def advance(self, records: Sequence[Record]) -> Mapping[int, Visitor]:
        """One changed visitor per record."""
        if records:
            self._trace.add(Advanced(records[0].offset, records[-1].offset + 1))
        return {record.offset: Visitor() for record in records}

    def save(self, changed: Mapping[int, Visitor], offset: int) -> None:
        """Changes and offset together."""
        self._trace.add(Saved(offset))
        self.saved += changed
        self.offset = offset

    def skip(self, offset: int) -> None:
        """The state stands there."""
        self.offset = offset
        self.skipped.append(offset)

    def close(self) -> None:
        """Let go of nothing."""
        self.closed = True


class OpenLog:
    """Every campaign version is known."""

    async def ready(self, records: Sequence[Record]) -> None:
        """At once."""


class ClosedLog:
    """Versions are missing until it opens."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.opened = asyncio.Event()
        self.waiting = asyncio.Event()

    async def ready(self, records: Sequence[Record]) -> None:
        """When it has opened."""
        self.asked.append(records[-1].offset)
        self.waiting.set()
        await self.opened.wait()


class WroteLetters:
    """These offsets were written as dead letters."""

    def __init__(self, offsets: Collection[int] = ()) -> None:
        self._offsets = offsets

    async def __call__(self, place: Place, begin: int, end: int) -> frozenset[int]:
        """Those of the range."""
        return frozenset(offset for offset in self._offsets if begin <= offset < end)
