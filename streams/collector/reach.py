"""Reach: the broker is away from the first failed acknowledgement until a probe finds it."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from streams.collector.acknowledging import Outbox
from streams.ports.eventlog import Refused

PROBE_WITHIN_S: Final = 1.0
PROBE_AGAIN_S: Final = 0.5

_log: Final = logging.getLogger(__name__)


class Reach:
    """Whether there is any use in waiting for the broker; belongs to one event loop."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._back = asyncio.Event()
        self._back.set()
        self._probing: asyncio.Task[None] | None = None
        self.error = ""  # of the acknowledgement that failed first

    @property
    def is_away(self) -> bool:
        """Whether an acknowledgement failed and no probe was answered since."""
        return not self._back.is_set()

    def failed(self, error: str) -> None:
        """An acknowledgement failed: look for the broker until it answers.

        A broker that refuses a record is there.
        """
        if self.is_away or isinstance(error, Refused):
            return
        _log.warning("the broker is away: %s", error)
        self.error = error
        self._back.clear()
        self._probing = asyncio.create_task(self._probe())

    async def back(self) -> None:
        """Wait until the broker is not known to be away."""
        await self._back.wait()

    def close(self) -> None:
        """Look no more."""
        if self._probing is not None:
            self._probing.cancel()

    async def _probe(self) -> None:
        await asyncio.sleep(PROBE_AGAIN_S)
        while not await self._outbox.is_reachable(PROBE_WITHIN_S):
            await asyncio.sleep(PROBE_AGAIN_S)
        _log.warning("the broker is back")
        self._back.set()
