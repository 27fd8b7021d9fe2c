"""Items: a body of one interaction, an array of them, or one per line, taken apart."""

from __future__ import annotations

from typing import Final

import msgspec

from streams.codec.interaction import refuse
from streams.domain.outcome import DeadLetter, FailureReason

LINES: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl")
BROWSER_AND_CURL: Final = ("text/plain", "application/x-www-form-urlencoded")
TYPES: Final = ("application/json", *LINES, *BROWSER_AND_CURL)

_array: Final = msgspec.json.Decoder(list[msgspec.Raw])
_one: Final = msgspec.json.Decoder(msgspec.Raw)


def media_type(content_type: str) -> str | None:
    """The media type of a Content-Type; None when a body of it is not read.

    A browser's sendBeacon says `text/plain` so as not to ask first, and curl says that any body is
    a form's: both are read as JSON.
    """
    found = content_type.partition(";")[0].strip().lower()
    return found if not found or found in TYPES else None


def split(body: bytes, media: str) -> list[bytes] | DeadLetter:
    """Each interaction's own bytes; a dead letter when the body is no JSON at all."""
    body = body.strip()
    if not body:
        detail = "expected a JSON object, an array of them or one per line, found an empty body"
        return DeadLetter(FailureReason.EMPTY, detail, b"")
    if media in LINES:
        return _lines(body)
    try:
        if body.startswith(b"["):
            return [bytes(item) for item in _array.decode(body)]
        return [bytes(_one.decode(body))]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        lines = _lines(body)
        if len(lines) > 1 and all(line.startswith(b"{") for line in lines):
            return lines
        return refuse(body, error)


def _lines(body: bytes) -> list[bytes]:
    return [line for each in body.split(b"\n") if (line := each.strip())]
