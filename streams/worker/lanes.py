"""Lanes: one per partition that this worker holds, all under one lease."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from faust.types import TP

from streams import metrics
from streams.codec.batch import Record
from streams.codec.plan import decode_plan
from streams.codec.rows import Place
from streams.eventlog.extents import cut_text, stateless_text
from streams.ports.facts import FactWriter
from streams.topics import INTERACTIONS
from streams.worker.ending import FAILED, end_process
from streams.worker.folds import PartitionFold
from streams.worker.holes import Holes, count_missing
from streams.worker.inbox import Inbox
from streams.worker.lane import (
    BatchPolicy,
    Effect,
    Lane,
    Letters,
    Log,
    no_letters,
    release,
)
from streams.worker.lease import NOTHING_COMMITTED, Committed, Deposed, Lease
from streams.worker.letter_limit import TooManyLetters
from streams.worker.opening import open_folds

RELEASE_S = 2.0  # within it a batch at hand is finished and settled, else left to the next owner
LETTERS_PAUSE_S = 30  # not ready for so long before it ends: no loop of restarts is a fast one
FETCHES_AHEAD = 2  # batches an inbox may hold
ANY = TP(INTERACTIONS, 0)  # to ask for when there is none
log = logging.getLogger(__name__)


def _nobody_asks() -> bool:
    return True


class LaneParts(NamedTuple):
    """What the lanes are made of; `fold_of(tp, committed)` opens a partition's fold."""

    epoch: int
    policy: BatchPolicy
    fold_of: Callable[[Place, int], PartitionFold]
    writer: Callable[[], FactWriter]
    log_ready: Log
    observe: Callable[[Place, Effect], None]
    lost: Callable[[str], None] = log.warning  # told of records that were deleted before they came
    letters: Letters = no_letters
    guard: Callable[[], bool] = _nobody_asks  # whether lanes may open now; False: not known yet


class LeasedCommits:
    """Implements the lane's `Commits`: one partition under one lease."""

    def __init__(self, thread: Any, lease: Lease, tp: TP) -> None:
        self._thread, self._lease, self._tp = thread, lease, tp

    async def commit(self, offset: int, metadata: str) -> None:
        """Fenced: raises Deposed when the lease is over."""
        commit = self._thread.commit_under(self._lease, self._tp, offset, metadata)
        await self._thread.run_here(commit)


class Lanes:
    """Implements the consumer's `Lanes`; `consumer` is Faust's, once it runs."""

    def __init__(self, parts: LaneParts, consumer: Callable[[], Any]) -> None:
        self._parts, self._consumer = parts, consumer
        self._lanes: dict[TP, tuple[Lane, asyncio.Task[None]]] = {}
        self._lease: Lease | None = None
        self._lock = asyncio.Lock()
        self._room = asyncio.Event()
        self._holes = Holes(lambda tp, offset: consumer().first_at(tp, offset), parts.lost)

    @property
    def ready(self) -> bool:
        """Whether this worker is a member and its lanes, if it has any, run."""
        ended = any(task.done() for _, task in self._lanes.values())
        return self._lease is not None and not ended

    def behind(self) -> dict[TP, int]:
        """Records of each partition beyond the last settled one, where the log's end is known."""
        consumer = self._consumer()
        held = self._lanes.keys() & consumer.assignment() if self._lanes else set()
        ends = {tp: consumer.highwater(tp) for tp in held}
        return {
            tp: max(0, end - self._lanes[tp][0].settled)
            for tp, end in ends.items()
            if end is not None
        }

    def held(self) -> Mapping[TP, Lane]:
        """The lanes by partition."""
        return {tp: lane for tp, (lane, _) in self._lanes.items()}

    async def ends(self) -> Mapping[TP, int]:
        """One past the last record of each partition that is held; asks the broker anyhow."""
        thread = self._consumer()._thread
        found: Mapping[TP, int] = await thread.run_here(
            thread.end_offsets(tuple(self._lanes) or (ANY,))
        )
        return found

    def read_again(self, tp: TP) -> None:
        """Ask for what comes next in a partition that brings nothing."""
        lane = self.held().get(tp)
        if lane:
            self._consumer().reseek(tp, lane.inbox.position)
            self._holes.look(tp, lane)

    async def open(self) -> Mapping[TP, int] | None:
        """One lane per partition assigned now; where each wants to read. None: not yet."""
        async with self._lock:
            consumer = self._consumer()
            lease, tps = consumer._thread.lease, consumer.assignment()
            if self._lease != lease or self._lanes.keys() != tps:
                await self._release_all()
                self._lease = None
                if not await asyncio.to_thread(self._parts.guard):
                    return None
                await self._open_all(lease, tps)
                self._lease = lease
                metrics.WORKER_LANES.set(len(self._lanes))
            return {tp: lane.inbox.position for tp, (lane, _) in self._lanes.items()}

    async def _open_all(self, lease: Lease, tps: Collection[TP]) -> None:
        thread = self._consumer()._thread
        committed: dict[TP, Committed] = await thread.run_here(thread.committed(tps))
        begins = await thread.run_here(thread.beginnings(tps))
        places = {tp: Place(tp.topic, tp.partition, self._parts.epoch) for tp in committed}
        offsets = {places[tp]: self._kept(tp, it, begins[tp]) for tp, it in committed.items()}
        folds = await open_folds(self._parts.fold_of, offsets)
        for tp, found in committed.items():
            fold, begin = folds[places[tp]], begins[tp]
            if fold.offset < begin < found.offset:
                self._parts.lost(stateless_text(tp.topic, tp.partition, fold.offset, begin))
            position = max(fold.offset, begin)  # what is gone, no lane waits for
            self._lanes[tp] = self._open(tp, fold, position, found, lease)

    def _kept(self, tp: TP, committed: Committed, begin: int) -> int:
        """From where on the log has what was not folded; a new group reads what there is."""
        if begin <= committed.offset or committed == NOTHING_COMMITTED:
            return committed.offset
        self._parts.lost(cut_text(tp.topic, tp.partition, committed.offset, begin))
        return begin

    async def release(self) -> None:
        """Finish or abandon every lane."""
        async with self._lock:
            await self._release_all()

    def hungry(self) -> set[TP]:
        """Partitions whose inbox has room."""
        return {tp for tp, (lane, _) in self._lanes.items() if lane.inbox.hungry}

    async def wait_hungry(self, timeout_s: float) -> None:
        """Until one has room, or the time is over."""
        self._room.clear()
        if not self.hungry():
            try:
                await asyncio.wait_for(self._room.wait(), timeout_s)
            except TimeoutError:
                return

    def feed(self, tp: TP, records: Sequence[Record]) -> None:
        """Hand a fetch to its lane; ask again for what is missing."""
        found = self._lanes.get(tp)
        if found is None:
            return
        lane, before = found[0], found[0].inbox.missing
        again = lane.inbox.put(records)
        count_missing(tp, lane, before)
        if again is not None:
            log.warning("%s: expected offset %d, found %d", tp, again, records[0].offset)
            self._consumer().reseek(tp, again)
            self._holes.look(tp, lane)

    def _open(
        self, tp: TP, fold: PartitionFold, position: int, committed: Committed, lease: Lease
    ) -> tuple[Lane, asyncio.Task[None]]:
        parts, thread = self._parts, self._consumer()._thread
        place = Place(tp.topic, tp.partition, parts.epoch)
        room = FETCHES_AHEAD * parts.policy.rows
        lane = Lane(
            place,
            fold,
            LeasedCommits(thread, lease, tp),
            parts.writer(),
            log_ready=parts.log_ready,
            policy=parts.policy,
            inbox=Inbox(position, room, self._room.set),
            observe=parts.observe,
            letters=parts.letters,
            begin=position,
        )
        metrics.WORKER_MISSING.labels(tp.topic, tp.partition)  # an alert needs its 0
        pending = decode_plan(committed.metadata)
        log.info("%s: open at %d, committed %s, %s", tp, lane.inbox.position, committed, lease)
        task = asyncio.create_task(lane.run(committed.offset, pending))
        task.add_done_callback(partial(_ended, tp))
        return lane, task

    async def _release_all(self) -> None:
        lanes = self._lanes.values()
        await asyncio.gather(*(release(lane, task, RELEASE_S) for lane, task in lanes))
        for tp in self._lanes:
            metrics.WORKER_LAG.remove(tp.topic, tp.partition)  # the next owner's to tell
        self._lanes.clear()


def _ended(tp: TP, task: asyncio.Task[None]) -> None:
    """A lane that was deposed waits for the next assignment; any other failure ends the process."""
    if task.cancelled() or (error := task.exception()) is None:
        return
    if isinstance(error, Deposed):
        metrics.WORKER_DEPOSED.inc()
        log.warning("%s: deposed: %s", tp, error)
        return
    if isinstance(error, TooManyLetters):
        why = f"{tp}: {error}"
        log.critical("%s; this process ends in %d s", why, LETTERS_PAUSE_S)
        task.get_loop().call_later(LETTERS_PAUSE_S, end_process, FAILED, why)
        return
    log.error("%s", tp, exc_info=error)
    end_process(FAILED, f"{tp}: the lane failed: {error}")
