"""Requests in memory: a scope and a body as the server hands them out, and a log to poll."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from streams.collector.acknowledging import Outbox
from streams.collector.answers import Answer
from streams.collector.delivery import Delivery
from streams.collector.keyring import KeyRing
from streams.collector.parts import Parts
from streams.collector.rates import Rate
from streams.collector.reach import Reach
from tests.builders import T0
from tests.fakes.eventlog import FakeLog


class PolledLog(FakeLog):
    """Acknowledges when polled; `is_silent` never does."""

    def __init__(self, *, is_silent: bool = False, **given: Any) -> None:
        super().__init__(**given)
        self.is_silent = is_silent

    def poll(self, timeout_s: float = 0.0) -> int:
        if self.is_silent:
            return 0
        waiting = len(self._waiting)
        self.flush(timeout_s)
        return waiting

    def waiting(self) -> int:
        return len(self._waiting)

    def reachable(self, timeout_s: float) -> bool:
        return not self.is_silent


class Request:
    """One request's head."""

    proto = "http"

    def __init__(
        self,
        path: str = "/",
        query: str = "",
        method: str = "GET",
        client: str = "203.0.113.7:5000",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.path = path
        self.query_string = query
        self.method = method
        self.client = client
        self.headers = headers or {}


class Exchange:
    """One request's body, and the answer that it got."""

    def __init__(
        self, body: bytes = b"", chunk_bytes: int = 65_536, is_stuck: bool = False
    ) -> None:
        self._body = body
        self._chunk_bytes = chunk_bytes
        self._is_stuck = is_stuck
        self.read_bytes = 0
        self.answer: Answer | None = None

    async def __call__(self) -> bytes:
        if self._is_stuck:
            await asyncio.Event().wait()
        return self._body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.read_bytes < len(self._body):
            chunk = self._body[self.read_bytes : self.read_bytes + self._chunk_bytes]
            self.read_bytes += len(chunk)
            yield chunk

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.answer = Answer(status, headers, body)


def parts(keys: KeyRing, log: PolledLog, **given: Any) -> Parts:
    """The collector's parts at T0, with ids that count; call it in a running loop."""
    ids = iter(range(1, 1_000_000))
    unlimited = Rate(1e9, 1e9, lambda: 0.0)
    outbox = Outbox(log, asyncio.get_running_loop())
    reach = Reach(outbox)
    fields: dict[str, Any] = {
        "keys": keys,
        "outbox": outbox,
        "reach": reach,
        "delivery": Delivery(outbox, reach, drain=None),
        "key_rate": unlimited,
        "address_rate": unlimited,
        "proxies": 0,
        "now_ms": lambda: T0,
        "new_id": lambda: f"new-{next(ids)}",
    }
    return Parts(**(fields | given))
