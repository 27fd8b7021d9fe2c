"""Parts: what every handler of the collector works with, put together once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from streams.codec.batch import Letter
from streams.codec.rejections import encode_rejection
from streams.collector.acknowledging import Outbox, Receipt
from streams.collector.keyring import KeyRing
from streams.collector.rates import Rate
from streams.domain.outcome import DeadLetter
from streams.metrics import COLLECTOR_REJECTED
from streams.topics import REJECTIONS


@dataclass(frozen=True, slots=True)
class Parts:
    """Time and randomness are arguments here; `proxies` are the trusted ones in front of us."""

    keys: KeyRing
    outbox: Outbox
    key_rate: Rate
    address_rate: Rate
    proxies: int
    now_ms: Callable[[], int]
    new_id: Callable[[], str]

    def reject(self, dead: DeadLetter, tenant: str, source: str, receipt: Receipt) -> None:
        """Publish what was refused, as it came, with the reason. Raises Backpressure."""
        COLLECTOR_REJECTED.labels(dead.reason).inc()
        letter = Letter(tenant, self.now_ms(), source, 0, dead)
        value, headers = encode_rejection(letter)
        self.outbox.publish(REJECTIONS, None, value, receipt, headers)
