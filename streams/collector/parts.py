"""Parts: what every handler of the collector works with, put together once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
        headers = (
            ("tenant", tenant.encode()),
            ("source", source.encode()),
            ("reason", dead.reason.encode()),
            ("detail", dead.detail[:500].encode("utf-8", "replace")),
            ("received_at", b"%d" % self.now_ms()),
        )
        self.outbox.publish(REJECTIONS, None, dead.original, receipt, headers)
