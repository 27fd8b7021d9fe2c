"""Times: how a file writes moments, as milliseconds since 1970 UTC; without a zone it is none.

`epoch_s`, `epoch_ms`, `rfc3339`, `clf` (an access log's) or a strptime format. A format without a
zone of its own needs the map's `zone`; a local time that occurs twice is taken as its first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

ReadTime = Callable[[str], int]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
CLF_FORMAT: Final = "17/May/2015:10:05:03 +0000"
MONTHS: Final = {
    name: month
    for month, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_NUMBER: Final = re.compile(r"\d{1,18}(\.\d{1,18})?", re.ASCII)
_CLF_MINUTE: Final = re.compile(
    r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d): ([+-])(\d\d)(\d\d)", re.ASCII
)


def zone_named(zone: str) -> tzinfo | None:
    """The time zone of this name; None for no name. Raises ValueError for one that is not known."""
    try:
        return ZoneInfo(zone) if zone else None
    except (KeyError, ValueError, OSError) as error:  # all that zoneinfo raises for a bad name
        raise ValueError("expected a time zone such as Europe/Berlin") from error


def time_reader(written: str, zone: tzinfo | None) -> ReadTime:
    """The reader of a map's `time` and `zone`; it raises ValueError saying what it expected.

    Raises ValueError for a `time` that is no known way of writing moments.
    """
    if written in _PLAIN:
        return _PLAIN[written]
    if written == "rfc3339":
        return _remembering(lambda text: _rfc3339(text, zone))
    if "%" not in written:
        ways = ", ".join((*_PLAIN, "rfc3339"))
        raise ValueError(f"expected {ways} or a strptime format such as '%d.%m.%Y %H:%M'")
    if zone is None and "%z" not in written:
        raise ValueError("expected %z in the format, or a `zone` such as Europe/Berlin beside it")
    return _remembering(lambda text: _formatted(text, written, zone))


def _remembering(read: ReadTime) -> ReadTime:
    return lru_cache(maxsize=4_096)(read)


def _epoch_s(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 18:
        return int(text) * 1_000
    return int(_number(text, "seconds") * 1_000)


def _epoch_ms(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 18:
        return int(text)
    return int(_number(text, "milliseconds"))


def _number(text: str, unit: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"expected {unit} since 1970")
    return Decimal(text)


def _clf(text: str) -> int:
    second = text[18:20]
    if len(text) != 26 or not (second.isascii() and second.isdigit() and second < "60"):
        raise ValueError(f"expected a time such as {CLF_FORMAT}")
    return _clf_minute(text[:18], text[20:]) + int(second) * 1_000


@lru_cache(maxsize=4_096)
def _clf_minute(minute: str, zone: str) -> int:
    """The moment at which this minute begins; a busy server's lines share it."""
    found = _CLF_MINUTE.fullmatch(minute + zone)
    if found is None or found[2] not in MONTHS:
        raise ValueError(f"expected a time such as {CLF_FORMAT}")
    day, year, hour, minutes, east_h, east_min = (int(found[n]) for n in (1, 3, 4, 5, 7, 8))
    east_ms = (east_h * 60 + east_min) * 60_000
    try:
        local = datetime(year, MONTHS[found[2]], day, hour, minutes, tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"expected a time such as {CLF_FORMAT}: {error}") from error
    return _since_1970(local) - (east_ms if found[6] == "+" else -east_ms)


def _rfc3339(text: str, zone: tzinfo | None) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("expected a time such as 2015-05-17T10:05:03Z") from error
    return _placed(moment, zone, "expected a zone at the end, such as Z or +02:00")


def _formatted(text: str, written: str, zone: tzinfo | None) -> int:
    try:
        moment = datetime.strptime(text, written)  # noqa: DTZ007 - the zone is put in place below
    except ValueError as error:
        raise ValueError(f"expected a time written as {written}") from error
    return _placed(moment, zone, f"expected a zone, as {written} says")


def _placed(moment: datetime, zone: tzinfo | None, lacking: str) -> int:
    if moment.tzinfo is None:
        if zone is None:
            raise ValueError(lacking)
        moment = moment.replace(tzinfo=zone)
    return _since_1970(moment)


def _since_1970(moment: datetime) -> int:
    return (moment - EPOCH) // MILLISECOND


_PLAIN: Final[dict[str, ReadTime]] = {"epoch_s": _epoch_s, "epoch_ms": _epoch_ms, "clf": _clf}
