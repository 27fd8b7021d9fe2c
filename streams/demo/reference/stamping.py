"""Stamping: when each interaction of one visitor happened, and what it counts for.

A device's clock is corrected by its skew, `received_at - sent_at` rounded to 10 min. The first
skew sticks until a later one differs from it by more than 10 min. A duplicate changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from streams.demo.reference.campaigns import Definitions
from streams.demo.reference.expected import DAY_MS, MINUTE_MS, Event

Raw = Mapping[str, Any]

STEP_MS = 10 * MINUTE_MS
AHEAD_MS = 5 * MINUTE_MS


class Stamped(NamedTuple):
    """An event with the rest of what sessions and journeys ask for."""

    event: Event
    order: int
    origin: str
    value_minor: int
    currency: str


def stamp(mine: Sequence[Raw], definitions: Definitions) -> list[Stamped]:
    """One visitor's interactions without duplicates, in log order."""
    return [
        _stamped(raw, order, skew, definitions)
        for order, (raw, skew) in enumerate(zip(mine, skews(mine), strict=True))
    ]


def skews(mine: Iterable[Raw]) -> list[int]:
    """The skew in force at each interaction, in ms."""
    found = []
    sticky: int | None = None
    for raw in mine:
        if raw.get("sent_at") is not None:
            own = (raw["received_at"] - raw["sent_at"] + STEP_MS // 2) // STEP_MS * STEP_MS
            if sticky is None or abs(own - sticky) > STEP_MS:
                sticky = own
        found.append(sticky or 0)
    return found


def happened_at(raw: Raw, skew: int) -> tuple[int, bool]:
    """(derived_at, clamped): out of range it is the time of receipt."""
    received: int = raw["received_at"]
    at: int = raw["occurred_at"] + (skew if raw.get("sent_at") is not None else 0)
    if max(1, oldest(raw["source"], received)) <= at <= received + AHEAD_MS:
        return at, False
    return received, True


def oldest(source: str, received: int) -> int:
    """The earliest time believed of a source: a browser's, an import's, any other server's."""
    if is_public(source):
        return received - 7 * DAY_MS
    is_import = source == "load" or source.startswith("load:")
    return 0 if is_import else received - 365 * DAY_MS


def is_public(source: str) -> bool:
    """Whether anybody may send under this name."""
    return source in {"pixel", "web"} or source.startswith("web:")


def origin_of(raw: Raw) -> str:
    """Where the visitor came from: utm source, else the referring site unless it is the own one."""
    source: str = raw.get("channel", {}).get("source", "")
    if source:
        return source
    referrer = site(raw.get("referrer", ""))
    return referrer if referrer and referrer != site(raw.get("page", "")) else "direct"


def site(address: str) -> str:
    """The host of an address, without `www.`; empty when there is none."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def _stamped(raw: Raw, order: int, skew: int, definitions: Definitions) -> Stamped:
    at, clamped = happened_at(raw, skew)
    campaign = definitions.campaign(raw)
    policy = definitions.policy(raw["tenant"], campaign, raw["received_at"])
    stage = policy.stages.get(raw["kind"], raw["stage"])
    event = Event(
        tenant=raw["tenant"],
        visitor=raw["visitor"],
        event_id=raw["event_id"],
        campaign=campaign,
        stage=stage,
        derived_at=at,
        received_at=raw["received_at"],
        clamped=clamped,
        in_session=stage != "send" and (is_public(raw["source"]) or bool(raw.get("page"))),
    )
    return Stamped(event, order, origin_of(raw), raw.get("value_minor", 0), raw.get("currency", ""))
