"""Builders: interactions, records and steps with every field that a test does not care about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from streams.codec.batch import Batch, decode_batch
from streams.codec.interaction import encode
from streams.domain.campaign import Campaign, Campaigns, Policy
from streams.domain.fold import Limits
from streams.domain.interaction import Interaction, record_key
from streams.domain.stamp import Stamper

T0 = 1_764_000_000_000  # some moment of November 2025, ms
MINUTE = 60_000
HOUR = 3_600_000
DAY = 86_400_000
LIMITS = Limits()
KINDS = {
    "visit": "page_view",
    "talk": "comment",
    "act": "donation",
    "passive": "like",
    "pushback": "unsubscribe",
    "send": "mail",
}


class LogRecord(NamedTuple):
    """A record as a Kafka client hands it out."""

    key: bytes | None
    value: bytes | None
    offset: int = 0
    timestamp: int = T0
    headers: Sequence[tuple[str, bytes | None]] = ()


def interaction(event_id: str, stage: str = "visit", **given: Any) -> Interaction:
    """An accepted interaction of visitor v in campaign c, received when it happened."""
    at = given.pop("at", T0)
    fields: dict[str, Any] = {
        "event_id": event_id,
        "tenant": "acme",
        "campaign": "c",
        "visitor": "v",
        "stage": stage,
        "kind": KINDS[stage],
        "occurred_at": at,
        "received_at": at,
        "source": "web",
    }
    return msgspec.convert(fields | given, Interaction)


def full_interaction(**given: Any) -> Interaction:
    """An act that tells all that an interaction can tell."""
    fields: dict[str, Any] = {
        "occurred_at": T0 - HOUR,
        "sent_at": T0 - 1,
        "received_at": T0,
        "sequence": 5,
        "source": "server",
        "channel": {
            "source": "mail",
            "medium": "letter",
            "campaign": "spring",
            "term": "river",
            "content": "blue",
            "click_id": "c1",
        },
        "page": "https://example.org/",
        "referrer": "https://news.example/",
        "share_token": "s1",
        "issued_token": "s2",
        "identifiers": ("h1", "h2"),
        "value_minor": -250,
        "currency": "EUR",
        "proof": "staff",
        "consent": "granted",
        "signals": ("headless",),
        "properties": {"a": 1, "b": "ü", "c": None},
    }
    return interaction("e1", "act", **(fields | given))


def campaign(**given: Any) -> Campaign:
    """A definition of campaign c, in force from the beginning."""
    fields: dict[str, Any] = {
        "tenant": "acme",
        "campaign": "c",
        "goal": {"kind": "donation", "target": 100, "deadline": T0 + 90 * DAY},
        "started_at": T0,
    }
    return msgspec.convert(fields | given, Campaign)


def record(found: Interaction, offset: int = 0) -> LogRecord:
    """The record of an interaction."""
    key = record_key(found.tenant, found.visitor)
    return LogRecord(key, encode(found), offset, found.received_at)


def records(found: Sequence[Interaction]) -> list[LogRecord]:
    """The log of these interactions, from offset 0 on."""
    return [record(each, offset) for offset, each in enumerate(found)]


def stamped(found: Sequence[Interaction], versions: Sequence[Campaign] = ()) -> Batch:
    """The batch that a lane would fold."""
    return decode_batch(records(found), Stamper(Campaigns(Policy(), versions)))
