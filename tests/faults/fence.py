"""Fence: a commit begun under one membership and sent under the next, against the real broker.

The same code that a worker's lanes commit through, on two plain members of a group of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar, copy_context
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.types import TP

from streams.settings import Settings
from streams.topics import INTERACTIONS
from streams.worker.lanes import LeasedCommits
from streams.worker.lease import CommitThread, Deposed, Lease

OLD_PLAN, NEW_PLAN = "plan of the old owner", "plan of the new owner"
COMMITTING: ContextVar[bool] = ContextVar("COMMITTING", default=False)


class Late(NamedTuple):
    """What became of the late commit, and what the group's metadata says afterwards."""

    accepted: bool
    metadata: str


class _Thread(CommitThread):
    """The worker's consumer thread without Faust's service around it, in this loop."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._plain = consumer

    def _ensure_consumer(self) -> Any:
        return self._plain

    async def run_here(self, coroutine: Any) -> Any:
        """This is the thread."""
        return await coroutine


async def late_commit(settings: Settings, group: str) -> Late:
    """Begin commits, let a partition move to another member that commits, let them arrive."""
    async with _member(settings, group) as first:
        await _assigned(first)
        async with _coordinator_unknown(first) as (asked, found_again):
            late = {tp: _begin(first, tp) for tp in first.assignment()}
            for _ in late:
                await asked.acquire()
        async with _member(settings, group) as second:
            await _assigned(first, second)
            moved = min(second.assignment())
            await second.commit({moved: (40, NEW_PLAN)})
            found_again.set()
            accepted = await _is_accepted(late[moved])
            await asyncio.gather(*late.values(), return_exceptions=True)
            found = await second._coordinator.fetch_committed_offsets([moved])
            return Late(accepted, found[moved].metadata)


def _begin(member: Any, tp: TopicPartition) -> asyncio.Task[None]:
    """A lane's commit under the membership of this moment."""
    coordinator = member._coordinator
    lease = Lease(coordinator.generation, coordinator.member_id)
    commits = LeasedCommits(_Thread(member), lease, TP(*tp))
    inside = copy_context()
    inside.run(COMMITTING.set, True)
    return asyncio.create_task(commits.commit(30, OLD_PLAN), context=inside)


@asynccontextmanager
async def _coordinator_unknown(
    member: Any,
) -> AsyncIterator[tuple[asyncio.Semaphore, asyncio.Event]]:
    """Who asks for the coordinator in the block waits until the event is set; commits count."""
    coordinator, asked, found_again = member._coordinator, asyncio.Semaphore(0), asyncio.Event()
    known = coordinator.ensure_coordinator_known

    async def unreachable() -> None:
        if COMMITTING.get():
            asked.release()
        await found_again.wait()
        await known()

    coordinator.ensure_coordinator_known = unreachable
    yield asked, found_again
    coordinator.ensure_coordinator_known = known


async def _is_accepted(committing: asyncio.Task[None]) -> bool:
    try:
        await committing
    except Deposed:
        return False
    return True


@asynccontextmanager
async def _member(settings: Settings, group: str) -> AsyncIterator[Any]:
    consumer = AIOKafkaConsumer(
        INTERACTIONS,
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=group,
        enable_auto_commit=False,
        heartbeat_interval_ms=200,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def _assigned(*members: Any) -> None:
    """Until the members together, each with some, hold every partition."""
    partitions = members[0].partitions_for_topic
    while True:
        held = [set(member.assignment()) for member in members]
        wanted = len(partitions(INTERACTIONS) or ())
        if all(held) and wanted and sum(map(len, held)) == wanted:
            return
        await asyncio.gather(*(member.getmany(timeout_ms=50) for member in members))
