"""A log in memory: keeps what was published, acknowledges when flushed, may be full or fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from streams.ports.eventlog import Acknowledged, Backpressure, Headers, LogFailed


class Published(NamedTuple):
    """One record as it was handed over."""

    topic: str
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


class FakeLog:
    """Acknowledges when flushed; full while `room` records wait.

    From record `fails_from` on it acknowledges with an error; after `dies_after` records it is
    dead.
    """

    def __init__(
        self,
        *,
        room: int = 1_000_000,
        fails_from: int | None = None,
        dies_after: int | None = None,
    ) -> None:
        self.records: list[Published] = []
        self.flushes = 0
        self.is_closed = False
        self._room = room
        self._fails_from = fails_from
        self._dies_after = dies_after
        self._waiting: list[Acknowledged] = []

    def publish(
        self,
        topic: str,
        key: bytes | None,
        value: bytes,
        headers: Headers,
        acknowledged: Acknowledged,
    ) -> None:
        if self._dies_after is not None and len(self.records) >= self._dies_after:
            raise LogFailed("fenced")
        if len(self._waiting) >= self._room:
            raise Backpressure(0.01)
        self.records.append(Published(topic, key, value, tuple(headers)))
        self._waiting.append(acknowledged)

    def flush(self, timeout_s: float) -> int:
        self.flushes += 1
        waiting, self._waiting = self._waiting, []
        settled = len(self.records) - len(waiting)
        for number, acknowledged in enumerate(waiting, settled + 1):
            is_failed = self._fails_from is not None and number >= self._fails_from
            acknowledged("no broker" if is_failed else None)
        return 0

    def close(self) -> None:
        self.flush(1.0)
        self.is_closed = True

    def values(self, topic: str) -> Sequence[bytes]:
        """What was published to a topic, in order."""
        return [record.value for record in self.records if record.topic == topic]
