"""A lane: one partition, at most one unsettled batch: plan, fold, write, settle, store.

The plan stands in the commit's metadata before the first insert, so whoever owns the partition
next redoes exactly the same batch under the same token; the commit after the inserts settles it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from streams.codec.batch import Record
from streams.codec.plan import Plan, encode_plan
from streams.codec.rows import Place
from streams.ports.facts import FactWriter
from streams.worker.folds import Folded, PartitionFold
from streams.worker.inbox import Inbox
from streams.worker.lease import Deposed

log = logging.getLogger(__name__)


class BatchPolicy(NamedTuple):
    """A batch ends with so many records, or after a while.

    An idle lane waits `age_s` for more to come, so that a single visit is seen at once. A busy one
    waits `rest` times as long as its last inserts took, at most `longest_s`: so however slow
    ClickHouse is, inserts are larger then and not more.
    """

    rows: int
    age_s: float
    longest_s: float = 0.5
    rest: float = 3.0

    def patience_s(self, insert_s: float) -> float:
        """How long the batch after such inserts waits for records."""
        return min(max(self.age_s, self.rest * insert_s), max(self.age_s, self.longest_s))


class Planned(NamedTuple):
    """[begin, end) is about to be written."""

    begin: int
    end: int


class Wrote(NamedTuple):
    """Its inserts are acknowledged; `outcomes`: what became of how many of its records."""

    end: int
    outcomes: Mapping[str, int] = {}


class Settled(NamedTuple):
    """Its offset is committed: it will never be written again."""

    end: int


class Stored(NamedTuple):
    """The state holds it."""

    end: int


Effect = Planned | Wrote | Settled | Stored


class Commits(Protocol):
    """The group's offset of this partition, under the lane's lease."""

    async def commit(self, offset: int, metadata: str) -> None:
        """Commit, or raise Deposed."""


class Log(Protocol):
    """What the lane has to wait for before records may be folded."""

    async def ready(self, records: Sequence[Record]) -> None:
        """Return when every campaign version that these records can depend on is known."""


class Letters(Protocol):
    """Which records are dead letters already."""

    async def __call__(self, place: Place, begin: int, end: int) -> Collection[int]:
        """Those offsets of [begin, end)."""


async def no_letters(place: Place, begin: int, end: int) -> Collection[int]:
    """Where nobody could have written any."""
    return ()


class Unsettled(NamedTuple):
    """Written, not yet settled."""

    end: int
    folded: Folded


class Lane:
    """Runs one partition from its assignment to its release."""

    def __init__(
        self,
        place: Place,
        partition: PartitionFold,
        commits: Commits,
        writer: FactWriter,
        *,
        log_ready: Log,
        policy: BatchPolicy,
        inbox: Inbox,
        observe: Callable[[Place, Effect], None],
        letters: Letters = no_letters,
        begin: int = 0,
    ) -> None:
        """`begin`: where the log begins now."""
        self.inbox = inbox
        self._begin = begin
        self.settled = 0  # all records below are written for good
        self._place, self._partition = place, partition
        self._commits, self._writer = commits, writer
        self._log, self._policy, self._observe = log_ready, policy, observe
        self._letters = letters
        self._unsettled: Unsettled | None = None
        self._stopping = False

    async def run(self, committed: int, pending: Plan | None) -> None:
        """Catch up silently, redo what is pending, then batch after batch until told to stop."""
        self.settled = committed
        await self._begin_with_log(pending)
        await self._catch_up(committed)
        if pending:
            await self._redo(pending)
        insert_s = 0.0
        while not self._stopping:
            patience_s = self._policy.patience_s(insert_s)
            records = await self.inbox.take(self._policy.rows, patience_s)
            if records:
                plan = Plan(self._place.epoch, records[0].offset, records[-1].offset + 1)
                await self._settle(plan.begin, plan)
                insert_s = await self._deliver(plan, records)
            else:
                insert_s = 0.0
                await self._settle_rest()
                await self._settle_hole()
        await self._settle_rest()

    def stop(self) -> None:
        """Finish the batch at hand and settle it."""
        self._stopping = True
        self.inbox.close()

    def abandon(self) -> None:
        """Leave the batch at hand to the next owner."""
        self._writer.give_up()

    def close(self) -> None:
        """Let go of connection and state."""
        self._writer.give_up()
        self._partition.close()

    async def _begin_with_log(self, pending: Plan | None) -> None:
        """Where the log has no records before its own beginning, the state stands there too.

        Committed first: a state ahead of the committed offset is not used. Never without a redo.
        """
        begin = self._begin
        if begin > self.settled and not pending:
            await self._commits.commit(begin, encode_plan(None))
            self.settled = begin
        if self._partition.offset < begin <= self.settled:
            self._partition.skip(begin)

    async def _catch_up(self, committed: int) -> None:
        """Facts below the committed offset are written: they go into the state alone.

        What was written as a dead letter stays out of it, whatever this version could read of it.
        """
        begin = self._partition.offset
        letters = await self._letters(self._place, begin, committed) if begin < committed else ()
        while self._partition.offset < committed and not self._stopping:
            records = await self.inbox.take_until(committed, self._policy.rows)
            if not records:
                return
            await self._log.ready(records)
            unread = [it for it in records if it.offset not in letters] if letters else records
            changed = self._partition.advance(unread)
            self._partition.save(changed, records[-1].offset + 1)
            self._observe(self._place, Stored(records[-1].offset + 1))

    async def _redo(self, plan: Plan) -> None:
        log.info("%s-%d: redo %s", self._place.topic, self._place.partition, plan)
        records = await self.inbox.take_until(plan.end, plan.end - plan.begin)
        if records:
            await self._deliver(plan, records)

    async def _deliver(self, plan: Plan, records: Sequence[Record]) -> float:
        """Facts of exactly these records, under the plan's token; the seconds that it took."""
        await self._log.ready(records)
        folded = self._partition.fold(records)
        token = plan.token(self._place.topic, self._place.partition)
        started_s = asyncio.get_running_loop().time()
        if not await self._writer.write(folded.inserts, token):
            raise Deposed(f"gave up {token}")
        self._observe(self._place, Wrote(plan.end, folded.outcomes))
        self._unsettled = Unsettled(plan.end, folded)
        return asyncio.get_running_loop().time() - started_s

    async def _settle_rest(self) -> None:
        if self._unsettled:
            await self._settle(self._unsettled.end, None)

    async def _settle_hole(self) -> None:
        """Where the log goes on after offsets without records, nothing is left to write."""
        if self.inbox.is_empty and self.inbox.position > self.settled:
            self._unsettled = Unsettled(self.inbox.position, Folded((), {}))
            await self._settle_rest()

    async def _settle(self, offset: int, plan: Plan | None) -> None:
        """One commit settles the batch before and carries the plan of the next."""
        await self._commits.commit(offset, encode_plan(plan))
        if self._unsettled:
            end, folded = self._unsettled
            self.settled = end
            self._observe(self._place, Settled(end))
            self._partition.save(folded.changed, end)
            self._observe(self._place, Stored(end))
            self._unsettled = None
        if plan:
            self._observe(self._place, Planned(plan.begin, plan.end))


async def release(lane: Lane, task: asyncio.Task[None], within_s: float) -> None:
    """Finish and settle if that is quick; else leave the batch to the next owner's redo."""
    lane.stop()
    done, _ = await asyncio.wait([task], timeout=within_s)
    lane.abandon()
    if not done:
        task.cancel()
        await asyncio.wait([task])
    lane.close()
