"""Traffic: content put into the topic at a rate; a ledger of what was sent and what was taken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from random import Random

from streams.eventlog.producer import Producer
from streams.ports.eventlog import Backpressure
from streams.settings import Settings
from streams.topics import INTERACTIONS
from tests.faults.content import Content, Sent, usual

CHUNK = 50
FLUSH_S = 120.0


class Traffic:
    """A thread that sends; ends when all is acknowledged."""

    def __init__(
        self,
        settings: Settings,
        random: Random,
        count: int,
        rate: float,
        *,
        content: Content = usual,
        begin_ms: int = 0,
    ) -> None:
        """`rate`: records per second; 0: as fast as the broker takes them.

        Nothing is sent before `begin_ms`.
        """
        self.count, self.rate = count, rate
        self.sent: set[str] = set()
        self.accepted: set[str] = set()
        self.refused: list[str] = []
        self._settings = settings
        now_ms = int(time.time() * 1_000)
        self._began_ms = max(now_ms, begin_ms)
        self._began_s = time.monotonic() + (self._began_ms - now_ms) / 1_000
        self._records = content(random, count, self._received_ms)
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)
        self._failed: BaseException | None = None

    def start(self) -> Traffic:
        """Begin to send."""
        self._thread.start()
        return self

    @property
    def running(self) -> bool:
        """Whether there is more to send."""
        return self._thread.is_alive()

    def joined(self, timeout_s: float) -> bool:
        """Wait until all is acknowledged, at most so long; AssertionError when it never will be."""
        self._thread.join(timeout_s)
        if self._failed:
            raise self._failed
        assert not self.refused, f"expected no refusal by the broker, found {self.refused[:3]}"
        return not self.running

    def _received_ms(self, number: int) -> int:
        """When a record comes in: never later than it is appended, as with a collector."""
        if not self.rate:
            return int(time.time() * 1_000)
        return self._began_ms + int(number * 1_000 / self.rate)

    def _run(self) -> None:
        try:
            self._send_all()
        except Exception as error:
            self._failed = error  # raised again by whoever waits

    def _send_all(self) -> None:
        producer = Producer(self._settings)
        for number, found in enumerate(self._paced()):
            if found.event_id:
                self.sent.add(found.event_id)
            self._send(producer, found, self._acknowledge(found.event_id))
            if number % 1_000 == 0:
                producer.poll(0)
        if left := producer.flush(FLUSH_S):
            self.refused.append(f"{left} records are not acknowledged")
        producer.close()

    def _paced(self) -> Iterator[Sent]:
        time.sleep(max(0.0, self._began_s - time.monotonic()))
        for number, found in enumerate(self._records):
            if self.rate and number % CHUNK == 0:
                due_s = self._began_s + (number + CHUNK) / self.rate
                time.sleep(max(0.0, due_s - time.monotonic()))
            yield found

    def _send(
        self, producer: Producer, found: Sent, acknowledged: Callable[[str | None], None]
    ) -> None:
        while True:
            try:
                producer.publish(INTERACTIONS, found.key, found.value, (), acknowledged)
            except Backpressure:
                producer.flush(0.5)
            else:
                return

    def _acknowledge(self, event_id: str) -> Callable[[str | None], None]:
        def acknowledged(error: str | None) -> None:
            if error:
                self.refused.append(error)
            elif event_id:
                self.accepted.add(event_id)

        return acknowledged
