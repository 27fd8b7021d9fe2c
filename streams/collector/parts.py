"""Parts: what every handler of the collector works with, put together once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from streams.codec.batch import Letter
from streams.codec.rejections import NOTHING_TOLD, encode_rejection
from streams.collector.acknowledging import Outbox, Receipt
from streams.collector.delivery import Delivery
from streams.collector.keyring import KeyRing
from streams.collector.rates import Rate
from streams.collector.reach import Reach
from streams.collector.spool.frames import Outgoing
from streams.domain.outcome import DeadLetter
from streams.metrics import COLLECTOR_REJECTED
from streams.topics import REJECTIONS


@dataclass(frozen=True, slots=True)
class Parts:
    """Time and randomness are arguments here; `proxies` are the trusted ones in front of us."""

    keys: KeyRing
    outbox: Outbox
    reach: Reach
    delivery: Delivery
    key_rate: Rate
    address_rate: Rate
    proxies: int
    now_ms: Callable[[], int]
    new_id: Callable[[], str]

    def reject(
        self,
        dead: DeadLetter,
        tenant: str,
        source: str,
        receipt: Receipt,
        told: Mapping[str, str] = NOTHING_TOLD,
    ) -> None:
        """Publish what was refused, as it came, with the reason. Raises Backpressure.

        `told`: what the request's headers said of the interaction.
        """
        topic, key, value, headers = self.rejection(dead, tenant, source, told)
        self.outbox.publish(topic, key, value, receipt, headers)

    def rejection(
        self, dead: DeadLetter, tenant: str, source: str, told: Mapping[str, str] = NOTHING_TOLD
    ) -> Outgoing:
        """The record of what was refused, which is counted."""
        COLLECTOR_REJECTED.labels(dead.reason).inc()
        letter = Letter(tenant, self.now_ms(), source, 0, dead)
        value, headers = encode_rejection(letter, told)
        return Outgoing(REJECTIONS, None, value, headers)
