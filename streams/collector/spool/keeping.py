"""Keeping: one process's spool from its claim to its release, and the tasks that drain spools."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Final

from streams.collector.acknowledging import Outbox
from streams.collector.reach import Reach
from streams.collector.spool.drain import Drain, adopt
from streams.collector.spool.folders import claim_own, needed
from streams.collector.spool.store import Store
from streams.collector.spool.waiting import Spool
from streams.settings import Settings

FINISH_CHUNK_S: Final = 2.0
MEBIBYTE: Final = 1_048_576

_log: Final = logging.getLogger(__name__)


class Keeping:
    """`drain` is None when there is to be no spool; what processes left is drained even so."""

    def __init__(
        self, settings: Settings, outbox: Outbox, reach: Reach, now_ms: Callable[[], int]
    ) -> None:
        """Raises SpoolError."""
        self._root = settings.spool_folder
        self._outbox = outbox
        self._reach = reach
        self._now_ms = now_ms
        self._tasks: list[asyncio.Task[None]] = []
        self.drain: Drain | None = None
        if settings.spool_mb > 0:
            with needed(self._root):
                self._claim = claim_own(self._root)
                store = Store(self._claim.folder, settings.spool_mb * MEBIBYTE)
            self._spool = Spool(store, now_ms)
            self._spool.prepare()
            self.drain = Drain(self._spool, outbox, reach)

    def start(self, failed: Callable[[], None]) -> None:
        """Drain from now on; `failed` is called when that cannot go on."""
        self._start(adopt(self._root, self._outbox, self._reach, self._now_ms), failed)
        if self.drain:
            self._start(self.drain.run(), failed)

    async def stop_draining(self) -> None:
        """Let the chunk under way be acknowledged, for a bounded time, and begin no other."""
        if self.drain:
            await self.drain.finish_chunk(FINISH_CHUNK_S)
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        """Write what waits, and let the spool go."""
        if self.drain:
            await self._spool.close()
            self._claim.release()

    def _start(self, running: Coroutine[None, None, None], failed: Callable[[], None]) -> None:
        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (error := task.exception()):
                _log.error("draining ended: %r", error)
                failed()

        task = asyncio.get_running_loop().create_task(running)
        task.add_done_callback(ended)
        self._tasks.append(task)
