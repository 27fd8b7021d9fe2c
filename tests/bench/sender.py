"""A sender at a fixed rate, beside whatever is measured."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

from streams import topics
from streams.clock import now_ms
from streams.codec.interaction import encode
from streams.domain.interaction import record_key
from streams.eventlog.producer import Producer
from streams.settings import Settings
from tests.bench.traffic import traffic

FOR_EVER = 1_000_000_000
SLICE_S = 0.02


class Sender:
    """As a context: sends `rate` interactions per second of so many visitors, from a thread."""

    def __init__(self, settings: Settings, rate: int, visitors: int) -> None:
        self._settings, self._rate, self._visitors = settings, rate, visitors
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self.sent = 0
        self.errors: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        if self.errors and kind is None:
            raise RuntimeError(f"{len(self.errors)} not acknowledged: {self.errors[0]}")

    def _send(self) -> None:
        producer, began_s = Producer(self._settings), time.perf_counter()
        for found in traffic(FOR_EVER, self._visitors, now_ms(), seed=8):
            ahead_s = self.sent / self._rate - (time.perf_counter() - began_s)
            if ahead_s > SLICE_S and self._ended.wait(ahead_s):
                break
            key = record_key(found.tenant, found.visitor)
            producer.publish(topics.INTERACTIONS, key, encode(found), (), self._acknowledged)
            self.sent += 1
        producer.flush(30)
        producer.close()

    def _acknowledged(self, error: str | None) -> None:
        if error:
            self.errors.append(error)
