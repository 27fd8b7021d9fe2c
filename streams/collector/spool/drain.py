"""Drain: spooled records go to the log in the order they came in, once it takes them again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from streams.collector.acknowledging import Outbox, Receipt
from streams.collector.reach import Reach
from streams.collector.spool.aside import Refusal
from streams.collector.spool.folders import Claim, claim_left
from streams.collector.spool.frames import Outgoing, Spooled
from streams.collector.spool.store import Chunk, Store
from streams.collector.spool.waiting import Spool
from streams.metrics import COLLECTOR_DRAINED
from streams.ports.eventlog import Backpressure, Misfit, Refused

AGAIN_AFTER_S: Final = 0.5
ADOPT_EVERY_S: Final = 30.0
AT_ONCE: Final = 250  # published before other requests get their turn

_log: Final = logging.getLogger(__name__)


class Drain:
    """Sends one spool's records, chunk by chunk; a chunk is settled when the broker has all of it.

    Newer pixels go behind the spooled ones until all of those were handed to the log. Only what
    is being fsynced at that moment may be overtaken.
    """

    def __init__(self, spool: Spool, outbox: Outbox, reach: Reach) -> None:
        self._spool = spool
        self._outbox = outbox
        self._reach = reach
        self._is_behind = not spool.is_empty
        self._amid_chunk = asyncio.Lock()

    @property
    def is_behind(self) -> bool:
        """Whether the spool has records that the log was not yet given."""
        return self._is_behind and not self._spool.is_empty

    async def keep(self, record: Outgoing) -> bool:
        """Put a record behind those that wait; whether it is durable."""
        self._is_behind = True
        return await self._spool.keep(record)

    async def run(self) -> None:
        """Drain whenever there is something, for ever. Raises LogFailed."""
        while True:
            await self._spool.filled.wait()
            await self.drain()

    async def drain(self) -> None:
        """Drain until the spool is empty."""
        while not self._spool.is_empty:
            await self._reach.back()
            async with self._amid_chunk:
                await self._next_chunk()

    async def finish_chunk(self, within_s: float) -> None:
        """Begin no other chunk, and wait a bounded time for the one under way.

        Not at all for a broker that is away: the chunk stays, and is sent by the next process.
        """
        if self._reach.is_away:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._amid_chunk.acquire()

    async def _next_chunk(self) -> None:
        try:
            chunk = await self._spool.read()
        except OSError as error:
            _log.error("reading the spool: expected whole segments, found %s", error)
            await asyncio.sleep(AGAIN_AFTER_S)
            return
        refused = await self._send_all(chunk)
        await self._set_aside(chunk, refused)
        COLLECTOR_DRAINED.inc(len(chunk.records) - len(refused))
        await self._spool.settle(chunk)

    async def _send_all(self, chunk: Chunk) -> list[Refusal]:
        """Send until the broker has, or has refused, each record; those that it refused.

        It refuses all that came with a misfit: each of them is sent once more, alone.
        """
        groups: list[Sequence[Spooled]] = [chunk.records]
        refused: list[Refusal] = []
        while groups:
            group = groups.pop(0)
            again: list[Spooled] = []
            for unsent in await self._send(group, chunk):
                if isinstance(unsent.error, Misfit) and len(group) > 1:
                    groups.append([unsent.spooled])
                elif isinstance(unsent.error, Refused):
                    refused.append(unsent)
                else:
                    again.append(unsent.spooled)
            if again:
                groups.insert(0, again)
                await asyncio.sleep(AGAIN_AFTER_S)
                await self._reach.back()
        return refused

    async def _set_aside(self, chunk: Chunk, refused: Sequence[Refusal]) -> None:
        """Once it is durable there, the chunk may be settled; not before."""
        while refused:
            try:
                await self._spool.set_aside(chunk, refused)
            except OSError as error:
                _log.error("setting records aside: expected room for them, found %s", error)
                await asyncio.sleep(AGAIN_AFTER_S)
            else:
                return

    async def _send(self, records: Sequence[Spooled], chunk: Chunk) -> list[Refusal]:
        """Publish records of a chunk; those that the broker did not acknowledge."""
        receipts: list[Receipt] = []
        behind: list[Refusal] = []
        try:
            for number, ((topic, key, value, headers), _) in enumerate(records, 1):
                receipt = Receipt()
                self._outbox.publish(topic, key, value, receipt, headers)
                receipts.append(receipt)
                if number % AT_ONCE == 0:
                    await asyncio.sleep(0)
            self._is_behind = self._spool.goes_beyond(chunk)
        except Backpressure as full:
            behind = [Refusal(spooled, str(full)) for spooled in records[len(receipts) :]]
        unsent = []
        for spooled, receipt in zip(records, receipts, strict=False):
            if error := await receipt.settled():
                self._is_behind = True
                self._reach.failed(error)
                unsent.append(Refusal(spooled, error))
        return unsent + behind


async def adopt(root: Path, outbox: Outbox, reach: Reach, now_ms: Callable[[], int]) -> None:
    """Drain the spools of processes that are gone, again and again. Raises LogFailed."""
    while True:
        left = claim_left(root)
        try:
            while claim := await asyncio.to_thread(next, left, None):
                await _drain_left(claim, outbox, reach, now_ms)
        except OSError as error:
            _log.error("a spool left behind: expected one to drain, found %s", error)
        await asyncio.sleep(ADOPT_EVERY_S)


async def _drain_left(
    claim: Claim, outbox: Outbox, reach: Reach, now_ms: Callable[[], int]
) -> None:
    try:
        store = await asyncio.to_thread(Store, claim.folder, 0)  # it reads, writes and fsyncs
        spool = Spool(store, now_ms)
        await Drain(spool, outbox, reach).drain()
        await spool.close()
    finally:
        claim.release()
