"""Delivery: requests over a few kept-alive connections, repeated while the collector is busy."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from streams import clock
from streams.demo.requests import Request, WriteKeys, parcels, request
from streams.demo.sendings import Sending
from streams.settings import Settings

CONNECTIONS: Final = 6
ANSWER_S: Final = 30
PATIENCE_S: Final = 60
BUSY: Final = (429, 503)


class DeliveryError(RuntimeError):
    """The collector could not be reached, or stayed busy, for longer than is reasonable."""


class Answer(NamedTuple):
    """What came back for one request."""

    status: int
    body: bytes
    events: int


class Line:
    """One connection to the collector; not for two threads at once."""

    def __init__(self, settings: Settings, patience_s: float = PATIENCE_S) -> None:
        self._address = settings.collector_host, settings.collector_port
        self._patience_s = patience_s
        self._connection = http.client.HTTPConnection(*self._address, timeout=ANSWER_S)

    def send(self, sent: Request) -> Answer:
        """The answer; a busy collector is asked again as it says, while its patience lasts."""
        started_s = clock.monotonic_s()
        while True:
            wait_s, answer = self._ask(sent)
            if answer is not None:
                return answer
            if clock.monotonic_s() - started_s > self._patience_s:
                where = f"{self._address[0]}:{self._address[1]}"
                raise DeliveryError(
                    f"the collector at {where} took nothing for {self._patience_s:g} s"
                )
            time.sleep(wait_s)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask(self, sent: Request) -> tuple[float, Answer | None]:
        """(seconds to wait, None) when it has to be sent again."""
        try:
            self._connection.request(sent.method, sent.path, sent.body, sent.headers)
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return 0.2, None
        if response.status in BUSY:
            return float(response.headers.get("Retry-After", "1")), None
        return 0.0, Answer(response.status, body, sent.events)


def deliver(
    settings: Settings,
    keys: WriteKeys,
    sendings: Iterable[Sending],
    delivered: Callable[[Answer], None] = lambda answer: None,
) -> None:
    """Send all; `delivered` is called for each answer, from several threads but one at a time."""
    source, told = _Shared(parcels(sendings)), threading.Lock()

    def work() -> None:
        line = Line(settings)
        try:
            for parcel in source:
                answer = line.send(request(parcel, keys, clock.now_ms()))
                with told:
                    delivered(answer)
        except BaseException:
            source.stop()
            raise
        finally:
            line.close()

    with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="sender") as pool:
        works = [pool.submit(work) for _ in range(CONNECTIONS)]
        try:
            for each in works:
                each.result()
        finally:
            source.stop()


class _Shared:
    """An iterator that several threads take from, until it is stopped."""

    def __init__(self, items: Iterator[Sequence[Sending]]) -> None:
        self._items = items
        self._lock = threading.Lock()
        self._stopped = False

    def __iter__(self) -> _Shared:
        return self

    def __next__(self) -> Sequence[Sending]:
        with self._lock:
            if self._stopped:
                raise StopIteration
            return next(self._items)

    def stop(self) -> None:
        """Nobody gets another one."""
        self._stopped = True
