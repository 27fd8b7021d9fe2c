"""Moments: a sender's times, milliseconds since 1970 or RFC 3339, to the record's milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec

MOMENT_FIELDS: Final = ("occurred_at", "sent_at")
EXPECTED_MOMENT: Final = "milliseconds since 1970 or an RFC 3339 time with its zone"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_Zoned = Annotated[datetime, msgspec.Meta(tz=True)]


def moment_ms(text: str) -> int | None:
    """`2026-03-01T12:00:00.250Z` or `1772366400250` as milliseconds; None for anything else."""
    if text.isdecimal() and text.isascii():
        return int(text) if len(text) <= 16 else None
    try:
        moment = msgspec.convert(text, _Zoned)
    except msgspec.ValidationError:
        return None
    return (moment - _EPOCH) // _MILLISECOND
