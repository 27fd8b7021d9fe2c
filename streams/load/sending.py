"""Sending: lines to the log in file order; a full log is waited for, a failed one ends the load."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from streams import topics
from streams.codec.batch import Letter
from streams.codec.rejections import encode_rejection
from streams.domain.outcome import DeadLetter
from streams.load.mapping import Mapped
from streams.ports.eventlog import Acknowledged, Backpressure, EventLog, Headers, LogFailed

FLUSH_S: Final = 1.0


class BrokerFailed(Exception):
    """The log did not take a record; what it did take stays, and is a duplicate next time."""


class Sender:
    """Publishes what lines became; counts what the broker acknowledged."""

    def __init__(self, log: EventLog, tenant: str, source: str, now_ms: Callable[[], int]) -> None:
        self._log = log
        self._now_ms = now_ms
        self._tenant = tenant
        self._source = source
        self._lock = threading.Lock()  # acknowledgements come from the log's thread and from ours
        self._sent = 0
        self._settled = 0
        self._error = ""
        self.accepted = 0

    def send(self, outcome: Mapped | DeadLetter) -> None:
        """Hand one line over. Raises BrokerFailed."""
        if isinstance(outcome, Mapped):
            _, key, value = outcome
            self._publish(topics.INTERACTIONS, key, value, (), self._interaction_settled)
        else:
            letter = Letter(self._tenant, self._now_ms(), self._source, 0, outcome)
            value, headers = encode_rejection(letter)
            self._publish(topics.REJECTIONS, None, value, headers, self._rejection_settled)

    def finish(self) -> None:
        """Wait until the broker has taken or refused everything. Raises BrokerFailed."""
        while self._settled < self._sent and not self._error:
            self._log.flush(FLUSH_S)
        if self._error:
            raise BrokerFailed(self._error)

    def _publish(
        self,
        topic: str,
        key: bytes | None,
        value: bytes,
        headers: Headers,
        settled: Acknowledged,
    ) -> None:
        self._sent += 1
        while not self._error:
            try:
                self._log.publish(topic, key, value, headers, settled)
            except Backpressure as full:
                self._log.flush(full.retry_after_s)
            except LogFailed as error:
                raise BrokerFailed(str(error)) from error
            else:
                return
        raise BrokerFailed(self._error)

    def _interaction_settled(self, error: str | None) -> None:
        with self._lock:
            self._settled += 1
            if error is None:
                self.accepted += 1
            elif not self._error:
                self._error = error

    def _rejection_settled(self, error: str | None) -> None:
        with self._lock:
            self._settled += 1
            self._error = self._error or error or ""
