"""Spool: a store behind an event loop; many records share one fsync, each is answered after it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, NamedTuple, TypeVar

from streams.collector.spool.aside import Refusal
from streams.collector.spool.frames import Outgoing, encode_frame
from streams.collector.spool.store import Chunk, SpoolFull, Store
from streams.metrics import (
    COLLECTOR_SPOOL_AGE,
    COLLECTOR_SPOOL_BYTES,
    COLLECTOR_SPOOL_REFUSED,
    COLLECTOR_SPOOLED,
)

T = TypeVar("T")

_log: Final = logging.getLogger(__name__)


class _Waiting(NamedTuple):
    frame: bytes
    durable: asyncio.Future[bool]


class Spool:
    """Appends and reads of one store, one at a time, in a thread of its own."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms
        self._thread = ThreadPoolExecutor(1, "spool")
        self._group: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None
        self._oldest_ms: int | None = None
        self._is_failing = False
        self.filled = asyncio.Event()
        if not store.is_empty:
            self.filled.set()

    @property
    def is_empty(self) -> bool:
        """Whether the log has all that was kept."""
        return self._store.is_empty

    def prepare(self) -> None:
        """Have a thread and a file while there are some, and tell size and age to the metrics."""
        self._thread.submit(_open_quietly, self._store)
        COLLECTOR_SPOOL_BYTES.set_function(lambda: self._store.size_bytes)
        COLLECTOR_SPOOL_AGE.set_function(self._age_s)

    def goes_beyond(self, chunk: Chunk) -> bool:
        """Whether there are durable records behind this chunk."""
        return self._store.holds_after(chunk.end)

    async def keep(self, record: Outgoing) -> bool:
        """Whether the record is durable; False when the spool is full or the disk fails."""
        durable: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._group.append(_Waiting(encode_frame(record, self._now_ms()), durable))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await durable

    async def read(self) -> Chunk:
        """The next records, see `Store.read`."""
        chunk = await self._in_thread(self._store.read)
        if chunk.records:
            self._oldest_ms = chunk.records[0].at_ms
        return chunk

    async def set_aside(self, chunk: Chunk, refusals: Sequence[Refusal]) -> None:
        """Keep what the log refused for good, see `Store.set_aside`. Raises OSError."""
        await self._in_thread(lambda: self._store.set_aside(chunk, refusals))

    async def settle(self, chunk: Chunk) -> None:
        """The log has the chunk. An error of the disk is logged: the next process may repeat it."""
        try:
            await self._in_thread(lambda: self._store.settle(chunk.end))
        except OSError as error:
            _log.error("settling the spool: expected a disk that takes it, found %s", error)
        if self.is_empty:
            self._oldest_ms = None
            self.filled.clear()

    async def close(self) -> None:
        """Write what waits, and let go."""
        if self._writing is not None:
            await self._writing
        await self._in_thread(self._store.close)
        self._thread.shutdown()

    async def _write(self) -> None:
        """Write group after group: what comes during one fsync shares the next."""
        while self._group:
            group, self._group = self._group, []
            is_durable = await self._append([waiting.frame for waiting in group])
            for waiting in group:
                if not waiting.durable.done():
                    waiting.durable.set_result(is_durable)
        self._writing = None

    async def _append(self, frames: list[bytes]) -> bool:
        try:
            await self._in_thread(lambda: self._store.append(frames))
        except SpoolFull:
            COLLECTOR_SPOOL_REFUSED.labels("full").inc(len(frames))
            return False
        except OSError as error:
            COLLECTOR_SPOOL_REFUSED.labels("error").inc(len(frames))
            if not self._is_failing:  # once, not for each group
                _log.error("the spool: expected a disk that takes records, found %s", error)
            self._is_failing = True
            return False
        self._is_failing = False
        COLLECTOR_SPOOLED.inc(len(frames))
        self._oldest_ms = self._oldest_ms or self._now_ms()
        self.filled.set()
        return True

    def _age_s(self) -> float:
        return 0.0 if self._oldest_ms is None else (self._now_ms() - self._oldest_ms) / 1000

    async def _in_thread(self, act: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, act)


def _open_quietly(store: Store) -> None:
    """What fails here is tried, and told, when there is a record to write."""
    with suppress(OSError):
        store.open_segment()
