"""A lane on fakes: partition 0 of `interactions`, two records a batch, no batch by age."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any

from streams.codec.plan import Plan
from streams.codec.rows import Place
from streams.worker.inbox import Inbox
from streams.worker.lane import BatchPolicy, Effect, Lane
from tests.builders import LogRecord
from tests.fakes.lane import FakeCommits, FakeFold, FakeWriter, OpenLog, Trace, WroteLetters

PLACE = Place("interactions", 0, 1)
NEVER_S = 60.0


def log_of(begin: int, end: int) -> list[LogRecord]:
    """Records with offsets [begin, end)."""
    return [LogRecord(b"acme/v", b"", offset) for offset in range(begin, end)]


def plan(begin: int, end: int, epoch: int = 1) -> Plan:
    """A plan for [begin, end)."""
    return Plan(epoch, begin, end)


def token(begin: int, end: int, epoch: int = 1) -> str:
    """What its rows are inserted under."""
    return f"{epoch}:interactions:0:{begin}-{end}"


class LaneOnFakes:
    """A lane and its fakes; the state stands at `stored`, the inbox reads from there or later."""

    def __init__(  # noqa: PLR0917 - every part may be another fake
        self,
        stored: int = 0,
        commits: Callable[[Trace], FakeCommits] = FakeCommits,
        writer: Callable[[Trace], FakeWriter] = FakeWriter,
        log: Any = None,
        policy: BatchPolicy = BatchPolicy(2, NEVER_S),  # noqa: B008 - frozen
        begin: int = 0,
        letters: Collection[int] = (),
    ) -> None:
        self.trace = Trace()
        self.fold, self.writer = FakeFold(self.trace, stored), writer(self.trace)
        self.observed: list[Effect] = []
        self.looks = 0
        self.looked = asyncio.Event()
        self.lane = Lane(
            PLACE,
            self.fold,
            commits(self.trace),
            self.writer,
            log_ready=log or OpenLog(),
            policy=policy,
            inbox=Inbox(max(stored, begin), 100, self._look),
            observe=lambda _, effect: self.observed.append(effect),
            letters=WroteLetters(letters),
            begin=max(stored, begin),
        )

    @property
    def effects(self) -> list[Any]:
        """The trace so far."""
        return self.trace.effects

    def put(self, begin: int, end: int) -> None:
        """A fetch of [begin, end) comes in."""
        assert self.lane.inbox.put(log_of(begin, end)) is None

    def start(self, committed: int = 0, pending: Plan | None = None) -> asyncio.Task[None]:
        """Run it as a task."""
        return asyncio.create_task(self.lane.run(committed, pending))

    async def stopped(self, task: asyncio.Task[None]) -> None:
        """Tell it to stop and wait for its end."""
        self.lane.stop()
        async with asyncio.timeout(10):
            await task

    async def after_looks(self, more: int) -> None:
        """Return once it has looked into its inbox so many times more."""
        wanted = self.looks + more
        async with asyncio.timeout(10):
            while self.looks < wanted:
                self.looked.clear()
                await self.looked.wait()

    def _look(self) -> None:
        self.looks += 1
        self.looked.set()
