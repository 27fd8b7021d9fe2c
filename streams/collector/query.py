"""Query: the pixel's parameters to the fields of an interaction."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote_plus

PARAMETERS: Final = {
    "id": "event_id",
    "v": "visitor",
    "c": "campaign",
    "s": "stage",
    "k": "kind",
    "u": "page",
    "r": "referrer",
    "t": "occurred_at",
    "sent": "sent_at",
    "seq": "sequence",
    "st": "share_token",
    "it": "issued_token",
    "val": "value_minor",
    "cur": "currency",
    "consent": "consent",
}
INTEGERS: Final = frozenset({"sequence", "value_minor"})
CHANNELS: Final = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "campaign",
    "utm_term": "term",
    "utm_content": "content",
    "gclid": "click_id",
    "fbclid": "click_id",
    "msclkid": "click_id",
}
IGNORED: Final = frozenset({"key", "_"})  # the write key is no part of the interaction


def parse_query(query: str) -> dict[str, str]:
    """The parameters of a query string; of two with one name the last counts.

    Raises UnicodeDecodeError when escaped bytes are not UTF-8.
    """
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if "%" in part or "+" in part:
            name, value = _unescape(name), _unescape(value)
        if name:
            found[name] = value
    return found


@lru_cache(maxsize=2_048)  # pages and referrers come again and again, and this is half the parsing
def _unescape(text: str) -> str:
    return unquote_plus(text, errors="strict")


def fields_of(parameters: Mapping[str, str]) -> dict[str, Any]:
    """Interaction fields; an empty parameter is none, one that is not ours is a property.

    Without utm parameters of its own, a pixel has those of its page.
    """
    fields: dict[str, Any] = {}
    channel: dict[str, str] = {}
    properties: dict[str, str] = {}
    for name, value in parameters.items():
        if name in IGNORED or not value:
            continue
        if field := PARAMETERS.get(name):
            fields[field] = _number(value) if field in INTEGERS else value
        elif part := CHANNELS.get(name):
            channel[part] = value
        else:
            properties[name] = value
    if properties:
        fields["properties"] = properties
    if channel:
        fields["channel"] = channel
    return fields


def channel_of(page: str) -> dict[str, str]:
    """The channel that a page's own address names; a page with broken escapes names none."""
    query = page.partition("?")[2].partition("#")[0]
    try:
        parameters = parse_query(query)
    except UnicodeDecodeError:
        return {}
    return {
        part: value[:256]
        for name, value in parameters.items()
        if value and (part := CHANNELS.get(name))
    }


def _number(value: str) -> int | str:
    digits = value.removeprefix("-")
    is_number = digits.isdecimal() and digits.isascii() and len(digits) <= 16
    return int(value) if is_number else value
