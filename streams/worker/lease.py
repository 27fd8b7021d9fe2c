"""The lease: the membership that partitions were assigned under; commits go out under it only.

aiokafka's own `commit()` is not fenced: begun in one generation it is sent with the next one, and
overwrites the plan of the new owner. And a commit whose answer is lost may be applied later, so it
is never repeated: the member leaves the group, joins anew and reads the plan again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from aiokafka import errors
from aiokafka.consumer import fetcher
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.worker.assignor import StickyAssignor

HELD_FILE = "held.json"  # the partitions of this worker, for the next one in its place
FETCH_WAIT_MS = 100  # Faust fixes 1,500: an idle partition would hold back the others of its broker
RETRY_S = 0.1
NOT_APPLIED = (
    errors.GroupLoadInProgressError,
    errors.GroupCoordinatorNotAvailableError,
    errors.NotCoordinatorForGroupError,
)
DEPOSED = (
    errors.IllegalGenerationError,
    errors.UnknownMemberIdError,
    errors.RebalanceInProgressError,
)
T = TypeVar("T")


class Lease(NamedTuple):
    """Generation and member id: both fence, a restarted static member keeps its generation."""

    generation: int
    member_id: str


class Committed(NamedTuple):
    """The group's committed offset of a partition, and its metadata; (0, "") before the first."""

    offset: int
    metadata: str


NOTHING_COMMITTED = Committed(0, "")


class Deposed(Exception):
    """The lease is over, or may be: somebody else can own the partition now."""


class RebalanceListener(driver.ConsumerRebalanceListener):
    """Notes the lease; runs in the consumer thread, between two generations."""

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """The moment at which generation and member id belong to this assignment."""
        coordinator = self._thread._ensure_consumer()._coordinator
        self._thread.lease = Lease(coordinator.generation, coordinator.member_id)
        await super().on_partitions_assigned(assigned)


class BareRecords(fetcher.PartitionRecords):
    """Fetched records as the parser made them: key, value, offset, timestamp and headers.

    aiokafka copies each into a record of eleven fields, which costs 1 us; a lane reads five.
    """

    def _consumer_record(self, tp: Any, record: Any) -> Any:
        return record


class CommitThread(driver.AIOKafkaConsumerThread):
    """Faust's consumer thread with fenced commits."""

    lease: Lease | None = None

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        held = Path(self.app.conf.datadir) / HELD_FILE
        consumer._partition_assignment_strategy = (StickyAssignor(held),)
        fetcher.PartitionRecords = BareRecords  # the fetcher takes the class from its module
        return consumer

    async def run_here(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run in the consumer thread, beside its queue, where a fetch would hold a commit."""
        return await asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(coroutine, self.thread_loop)
        )

    async def commit_under(self, lease: Lease, tp: TP, offset: int, metadata: str) -> None:
        """Commit under exactly this lease, or raise Deposed; shielded: what is sent is awaited."""
        offsets = {TopicPartition(*tp): OffsetAndMetadata(offset, metadata)}
        await asyncio.shield(asyncio.ensure_future(self._commit_under(lease, offsets)))

    async def _commit_under(self, lease: Lease, offsets: Mapping[TopicPartition, Any]) -> None:
        coordinator = self._ensure_consumer()._coordinator
        while not await self._committed_under(coordinator, lease, offsets):
            await asyncio.sleep(RETRY_S)

    async def _committed_under(
        self, coordinator: Any, lease: Lease, offsets: Mapping[TopicPartition, Any]
    ) -> bool:
        """Whether it was applied; False when it surely was not and may be sent again."""
        await coordinator.ensure_coordinator_known()
        async with coordinator._commit_lock:
            # no await between this comparison and the request's encoding
            if Lease(coordinator.generation, coordinator.member_id) != lease:
                raise Deposed(f"{lease} is over")
            try:
                await coordinator._do_commit_offsets(None, offsets)
            except NOT_APPLIED:
                return False
            except DEPOSED as error:
                raise Deposed(type(error).__name__) from error
            except errors.KafkaError as error:
                await self._renounce(coordinator, lease)
                raise Deposed(f"unknown outcome: {type(error).__name__}") from error
        return True

    async def _renounce(self, coordinator: Any, lease: Lease) -> None:
        """Leave the group: only a new member id disarms a commit that may still arrive."""
        await coordinator.ensure_coordinator_known()
        if Lease(coordinator.generation, coordinator.member_id) == lease:
            await coordinator._maybe_leave_group()

    async def committed(self, tps: Iterable[TP]) -> dict[TP, Committed]:
        """Committed offsets with their metadata, which the public call drops."""
        coordinator = self._ensure_consumer()._coordinator
        found = await coordinator.fetch_committed_offsets([TopicPartition(*tp) for tp in tps])
        none = OffsetAndMetadata(0, "")
        return {tp: Committed(*found.get(TopicPartition(*tp), none)) for tp in tps}

    async def beginnings(self, tps: Iterable[TP]) -> dict[TP, int]:
        """The first offset that each partition still has."""
        partitions = [TopicPartition(*tp) for tp in tps]
        found = await self._ensure_consumer().beginning_offsets(partitions)
        return {TP(tp.topic, tp.partition): offset for tp, offset in found.items()}

    async def seek_here(self, positions: Mapping[TP, int]) -> None:
        """Move partitions; one that was revoked meanwhile is left alone."""
        consumer = self._ensure_consumer()
        for tp, offset in positions.items():
            with suppress(errors.IllegalStateError):
                consumer.seek(TopicPartition(*tp), offset)

    async def end_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        """One past the last record of each partition."""
        found = await self._ensure_consumer().end_offsets([TopicPartition(*tp) for tp in tps])
        return {TP(tp.topic, tp.partition): offset for tp, offset in found.items()}
