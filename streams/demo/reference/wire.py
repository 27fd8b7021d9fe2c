"""Wire: what an Interaction v1 may hold, as a table."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

MAX_AT_MS = 4_102_444_800_000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,63}")
CURRENCY = re.compile(r"([A-Z]{3})?")
STAGES = {"visit", "talk", "act", "passive", "pushback", "send"}

Check = Callable[[Any], bool]


def whole(low: int, high: int) -> Check:
    """A JSON integer in [low, high]; true and 1.0 are none."""
    return lambda it: type(it) is int and low <= it <= high


def text(longest: int, shortest: int = 0) -> Check:
    """A string of that many code points without NUL and lone surrogates."""
    return lambda it: (
        isinstance(it, str)
        and shortest <= len(it) <= longest
        and "\0" not in it
        and (it.isascii() or not any("\ud800" <= char <= "\udfff" for char in it))
    )


def matching(pattern: re.Pattern[str]) -> Check:
    """A string that is the pattern as a whole."""
    return lambda it: isinstance(it, str) and pattern.fullmatch(it) is not None


def one_of(*words: str) -> Check:
    """One of these strings."""
    return lambda it: isinstance(it, str) and it in words


def list_of(check: Check, longest: int) -> Check:
    """A list of at most so many items that all pass."""
    return lambda it: isinstance(it, list) and len(it) <= longest and all(map(check, it))


def scalars(it: Any) -> bool:
    """An object of at most 50 scalars under ids."""
    known = str | int | float | bool | None
    return (
        isinstance(it, dict)
        and len(it) <= 50
        and all(IDENTITY(name) and isinstance(value, known) for name, value in it.items())
        and all(text(1 << 30)(value) for value in it.values() if isinstance(value, str))
    )


def channel(it: Any) -> bool:
    """The utm object: short texts under known names."""
    names = ("source", "medium", "campaign", "term", "content", "click_id")
    return isinstance(it, dict) and all(text(256)(it[name]) for name in names if name in it)


IDENTITY = text(64, 1)
REQUIRED: dict[str, Check] = {
    "event_id": IDENTITY,
    "tenant": matching(NAME),
    "visitor": IDENTITY,
    "stage": one_of(*STAGES),
    "kind": matching(NAME),
    "occurred_at": whole(1, MAX_AT_MS),
    "received_at": whole(1, MAX_AT_MS),
    "source": matching(NAME),
}
OPTIONAL: dict[str, Check] = {
    "campaign": text(64),
    "sent_at": lambda it: it is None or whole(1, MAX_AT_MS)(it),
    "sequence": lambda it: it is None or whole(0, 2**53)(it),
    "channel": channel,
    "page": text(2048),
    "referrer": text(2048),
    "share_token": text(64),
    "issued_token": text(64),
    "identifiers": list_of(IDENTITY, 16),
    "value_minor": whole(-(10**15), 10**15),
    "currency": matching(CURRENCY),
    "proof": one_of("", "self", "staff", "scanned", "provider"),
    "consent": one_of("", "granted", "denied"),
    "signals": list_of(matching(NAME), 16),
    "properties": scalars,
}


def flaw(raw: Any) -> str:
    """The first field that is missing or cannot be; empty when it is an interaction."""
    if not isinstance(raw, dict):
        return "object"
    for name, check in REQUIRED.items():
        if name not in raw or not check(raw[name]):
            return name
    for name, check in OPTIONAL.items():
        if name in raw and not check(raw[name]):
            return name
    return "" if clean(raw) else "a string"


def clean(it: Any) -> bool:
    """No NUL in any string, in fields that are not known either."""
    if isinstance(it, dict):
        return all(clean(name) and clean(value) for name, value in it.items())
    return all(map(clean, it)) if isinstance(it, list) else "\0" not in str(it)
