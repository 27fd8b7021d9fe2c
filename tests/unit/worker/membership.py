"""A worker's lanes over fakes of everything around them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.types import TP

from streams.codec.rows import Place
from streams.worker.lane import BatchPolicy
from streams.worker.lanes import LaneParts, Lanes
from tests.fakes.coordinator import FakeCoordinator, FakeFaustConsumer
from tests.fakes.lane import FakeFold, FakeWriter, OpenLog, Trace
from tests.unit.worker.running import NEVER_S


class Worker:
    """Lanes over fakes; the states of its partitions stand at `stored`."""

    def __init__(
        self, assigned: set[TP], committed: dict[TP, tuple[int, str]], stored: int
    ) -> None:
        offsets = {
            TopicPartition(*tp): OffsetAndMetadata(*found) for tp, found in committed.items()
        }
        self.coordinator = FakeCoordinator(committed=offsets)
        self.consumer = FakeFaustConsumer(self.coordinator, assigned)
        self.trace = Trace()
        self.opened: list[tuple[Place, int]] = []
        self.folds: list[FakeFold] = []
        self.lost: list[str] = []
        self.guarded: list[int] = []  # lanes that were open when the log was looked at
        self.known = True  # whether the guard has an answer
        self._stored = stored
        parts = LaneParts(
            epoch=1,
            policy=BatchPolicy(2, NEVER_S),
            fold_of=self._fold_of,
            writer=lambda: FakeWriter(self.trace),
            log_ready=OpenLog(),
            observe=lambda _place, _effect: None,
            lost=self.lost.append,
            guard=self._guard,
        )
        self.lanes = Lanes(parts, lambda: self.consumer)

    def _guard(self) -> bool:
        self.guarded.append(len(self.opened))
        return self.known

    def _fold_of(self, place: Place, committed: int) -> FakeFold:
        self.opened.append((place, committed))
        self.folds.append(FakeFold(self.trace, self._stored))
        return self.folds[-1]

    def sent(self) -> list[tuple[int, str]]:
        """Offset and metadata of every commit that went out."""
        return [tuple(found) for sent in self.coordinator.sent for found in sent.values()]


@asynccontextmanager
async def worker(
    assigned: set[TP], committed: dict[TP, tuple[int, str]] | None = None, stored: int = 0
) -> AsyncIterator[Worker]:
    """Its lanes are released at the end."""
    found = Worker(assigned, committed or {}, stored)
    yield found
    await found.lanes.release()
