"""Builders: interactions and definitions as raw JSON objects, the way they stand in the log."""

from itertools import count
from typing import Any

from streams.demo.reference import Record

T0 = 1_790_000_000_000  # a Monday in September 2026
SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_numbers = count(1)
_KIND = {
    "visit": "page_view",
    "talk": "comment",
    "act": "signature",
    "passive": "like",
    "pushback": "unsubscribe",
    "send": "mail",
}


def raw(stage: str = "visit", at: int = T0, **fields: Any) -> dict[str, Any]:
    """An interaction that happened and was received at `at`; every call makes a new event."""
    given = {"occurred_at": at, "received_at": at} | fields
    return {
        "event_id": f"e{next(_numbers)}",
        "tenant": "acme",
        "campaign": "river",
        "visitor": "v1",
        "stage": stage,
        "kind": _KIND[stage],
        "source": "web",
    } | given


def definition(**fields: Any) -> dict[str, Any]:
    """A campaign as it stands in its topic."""
    goal = {"kind": "signature", "unit": "acts", "target": 100, "deadline": T0 + 90 * DAY}
    return {"tenant": "acme", "campaign": "river", "goal": goal, "started_at": T0} | fields


def record(value: bytes, key: bytes = b"acme/v1", offset: int = 0, **fields: Any) -> Record:
    """A record of the topic interactions, appended at T0."""
    return Record(0, offset, key, value, T0)._replace(**fields)
