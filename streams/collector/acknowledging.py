"""Acknowledging: one future per request settles when the broker has all of its records."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from streams.metrics import COLLECTOR_WAITING
from streams.ports.eventlog import Acknowledged, Headers, Refused

POLL_EVERY_S: Final = 0.001


class PolledLog(Protocol):
    """An event log whose acknowledgements come while it is polled."""

    def publish(
        self,
        topic: str,
        key: bytes | None,
        value: bytes,
        headers: Headers,
        acknowledged: Acknowledged,
    ) -> None: ...

    def poll(self, timeout_s: float = 0.0) -> int: ...

    def waiting(self) -> int: ...

    def reachable(self, timeout_s: float) -> bool: ...


class Receipt:
    """The acknowledgements that one request still misses."""

    __slots__ = ("_error", "_missing", "_settled")

    def __init__(self) -> None:
        self._missing = 0
        self._error: str | None = None
        self._settled: asyncio.Future[None] | None = None

    def expect(self) -> Acknowledged:
        """Count one more record; what is returned takes its acknowledgement.

        It is the receipt itself: one callback for all records of a request.
        """
        self._missing += 1
        return self

    async def settled(self) -> str | None:
        """Wait for all; None when the broker has every record, else the first error.

        One that may pass comes before a refusal: it tells of the broker, not of a record.
        """
        if self._missing:
            self._settled = asyncio.get_running_loop().create_future()
            await self._settled
        return self._error

    def __call__(self, error: str | None) -> None:
        self._missing -= 1
        if self._error is None or (error is not None and _may_pass(error, self._error)):
            self._error = error
        if self._missing == 0 and self._settled is not None and not self._settled.done():
            self._settled.set_result(None)


def _may_pass(error: str, other: str) -> bool:
    """Whether only the other one is a refusal."""
    return isinstance(other, Refused) and not isinstance(error, Refused)


class Outbox:
    """Publishes from an event loop and polls the log from it while anything is unacknowledged.

    No thread hands acknowledgements over: that would wake the loop once per record.
    """

    def __init__(self, log: PolledLog, loop: asyncio.AbstractEventLoop) -> None:
        self._log = log
        self._loop = loop
        self._is_polling = False
        self._moved_s = 0.0

    @property
    def silent_s(self) -> float:
        """For how long records wait and no acknowledgement came, good or bad; 0: none wait."""
        return self._loop.time() - self._moved_s if self._is_polling else 0.0

    def publish(
        self,
        topic: str,
        key: bytes | None,
        value: bytes,
        receipt: Receipt,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Hand one record over, see `EventLog.publish`; its acknowledgement goes to the receipt."""
        self._log.publish(topic, key, value, headers, receipt.expect())
        if not self._is_polling:
            self._is_polling, self._moved_s = True, self._loop.time()
            self._loop.call_later(POLL_EVERY_S, self._poll)

    async def is_reachable(self, timeout_s: float) -> bool:
        """Whether a broker answers in time."""
        return await asyncio.to_thread(self._log.reachable, timeout_s)

    def _poll(self) -> None:
        if self._log.poll():
            self._moved_s = self._loop.time()
        waiting = self._log.waiting()
        COLLECTOR_WAITING.set(waiting)
        self._is_polling = waiting > 0
        if self._is_polling:
            self._loop.call_later(POLL_EVERY_S, self._poll)
