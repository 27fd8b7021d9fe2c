"""Fakes of a group's membership: aiokafka's coordinator, and the consumers around it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from faust.types import TP

from streams.worker.holes import Found
from streams.worker.lease import CommitThread, Lease

MEMBER = Lease(generation=4, member_id="worker-0-a")
Answer = Exception | None


class FakeCoordinator:
    """Keeps what was sent; `answers` are raised or, when None, mean applied."""

    def __init__(self, answers: Sequence[Answer] = (), committed: Any = None) -> None:
        self.generation, self.member_id = MEMBER
        self.sent: list[Mapping[Any, Any]] = []
        self.left = 0
        self._commit_lock = asyncio.Lock()
        self._answers = list(answers)
        self._committed = committed or {}

    async def ensure_coordinator_known(self) -> None:
        """It is."""
        await asyncio.sleep(0)

    async def _do_commit_offsets(self, assignment: None, offsets: Mapping[Any, Any]) -> None:
        assert self._commit_lock.locked()
        self.sent.append(offsets)
        await asyncio.sleep(0)
        answer = self._answers.pop(0) if self._answers else None
        if answer is not None:
            raise answer

    async def _maybe_leave_group(self) -> None:
        self.left += 1
        self.generation, self.member_id = -1, ""

    async def fetch_committed_offsets(self, partitions: Sequence[Any]) -> Mapping[Any, Any]:
        """What was committed for those partitions that have a commit."""
        return {each: self._committed[each] for each in partitions if each in self._committed}

    def rejoin(self, generation: int, member_id: str) -> None:
        """A rebalance has taken place."""
        self.generation, self.member_id = generation, member_id


class FakeConsumer:
    """Where aiokafka's consumer keeps its coordinator; it knows where the log begins."""

    def __init__(self, coordinator: FakeCoordinator) -> None:
        self._coordinator = coordinator
        self.begins: dict[Any, int] = {}

    async def beginning_offsets(self, partitions: Sequence[Any]) -> dict[Any, int]:
        """0, unless the log was cut."""
        return {each: self.begins.get(each, 0) for each in partitions}


class ThreadOnFakes(CommitThread):
    """The consumer thread without Faust's service around it, in the test's own loop."""

    def __init__(self, coordinator: FakeCoordinator) -> None:
        self._fake = FakeConsumer(coordinator)

    def _ensure_consumer(self) -> FakeConsumer:
        return self._fake

    async def run_here(self, coroutine: Any) -> Any:
        """This is the thread."""
        return await coroutine


class FakeFaustConsumer:
    """What the lanes ask of Faust's consumer: membership, assignment, places."""

    def __init__(self, coordinator: FakeCoordinator, assigned: Iterable[TP]) -> None:
        self._thread = ThreadOnFakes(coordinator)
        self._thread.lease = MEMBER
        self.assigned = set(assigned)
        self.reseeks: list[tuple[TP, int]] = []
        self.highwaters: dict[TP, int] = {}
        self.log: dict[TP, Found] = {}

    def assignment(self) -> set[TP]:
        """The partitions that are this member's now."""
        return self.assigned

    def reseek(self, tp: TP, offset: int) -> None:
        """Noted."""
        self.reseeks.append((tp, offset))

    async def first_at(self, tp: TP, offset: int) -> Found | None:
        """What a test says is there; else the record itself."""
        await asyncio.sleep(0)
        return self.log.get(tp, Found(offset))

    def highwater(self, tp: TP) -> int | None:
        """The partition's end, where a fetch has told it."""
        return self.highwaters.get(tp)

    def rebalanced(self, generation: int, assigned: Iterable[TP]) -> None:
        """The group has shared its partitions anew."""
        coordinator = self._thread._ensure_consumer()._coordinator
        coordinator.rejoin(generation, MEMBER.member_id)
        self._thread.lease = Lease(generation, MEMBER.member_id)
        self.assigned = set(assigned)

    def cut(self, tp: TP, begin: int) -> None:
        """Records below were deleted."""
        self._thread._ensure_consumer().begins[tp] = begin
