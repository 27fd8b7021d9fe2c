"""Sendings: how deeds leave the devices: late, twice, with a wrong clock, or broken."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final, NamedTuple

from streams.demo.cast import DAY_MS, HOUR_MS
from streams.demo.people import MINUTE_MS, SECOND_MS, Deed

TWICE: Final = 0.02
BROKEN: Final = 0.004
LATE: Final = 0.10
VERY_LATE: Final = 0.01
PIXELS: Final = 0.45  # of the visits and likes
IMPORT: Final = "import"
BROKEN_MARK: Final = "-broken"  # at the end of a broken event's id


class Way(enum.StrEnum):
    """How something is sent: one pixel, or a batch under the public or the secret key."""

    PIXEL = "pixel"
    BROWSER = "browser"
    SERVER = "server"


class Sending(NamedTuple):
    """One event on its way, at `due_ms`. `occurred_at` is by the sender's own clock, which is
    `skew_ms` ahead; None: it is sent as it happens. `broken`: bytes that are no event at all."""

    due_ms: int
    way: Way
    fields: Mapping[str, Any]
    occurred_at: int | None = None
    skew_ms: int | None = None
    broken: bytes | None = None


def history_sendings(random: Random, deed: Deed, event_id: str, now_ms: int) -> Iterator[Sending]:
    """A deed of the past: browsers are believed for a week, what is older an import tells."""
    due_ms = deed.at_ms + _delay(random)
    fields = {"event_id": event_id, **deed.fields}
    if deed.by_server:
        sending = Sending(due_ms, Way.SERVER, fields, deed.at_ms)
    elif deed.at_ms < now_ms - 6 * DAY_MS:
        sending = Sending(due_ms, Way.SERVER, {**fields, "source": IMPORT}, deed.at_ms)
    else:
        way = Way.PIXEL if _as_pixel(random, deed) else Way.BROWSER
        sending = Sending(due_ms, way, fields, deed.at_ms + deed.skew_ms, deed.skew_ms)
    yield from _with_faults(random, sending)


def live_sendings(random: Random, deed: Deed, event_id: str) -> Iterator[Sending]:
    """A deed of this moment: many visits by pixel, the rest in batches, some of them late."""
    fields = {"event_id": event_id, **deed.fields}
    if deed.by_server:
        sending = Sending(deed.at_ms, Way.SERVER, fields, deed.at_ms)
    elif _as_pixel(random, deed):
        sending = Sending(deed.at_ms, Way.PIXEL, fields)
    else:
        due_ms = deed.at_ms + _delay(random)
        at_ms = deed.at_ms + deed.skew_ms
        sending = Sending(due_ms, Way.BROWSER, fields, at_ms, deed.skew_ms)
    yield from _with_faults(random, sending)


def _with_faults(random: Random, sending: Sending) -> Iterator[Sending]:
    yield sending
    if random.random() < TWICE:
        yield sending._replace(due_ms=sending.due_ms + random.randrange(SECOND_MS, HOUR_MS))
    if random.random() < BROKEN:
        yield _broken(random, sending)


def _broken(random: Random, sending: Sending) -> Sending:
    """As a sender with a bug would send it: a visitor missing, a wrong stage, half a text.

    A pixel without a visitor is none: it gets one.
    """
    fields = {**sending.fields, "event_id": f"{sending.fields['event_id']}{BROKEN_MARK}"}
    kind = random.randrange(4)
    if kind == 0:
        return sending._replace(way=Way.BROWSER, fields=fields, broken=b'{"event_id": "half a te')
    if kind == 1 or sending.way is Way.PIXEL:
        fields["stage"] = "look"
    elif kind == 2:
        fields["visitor"] = ""
    else:
        del fields["visitor"]
    return sending._replace(fields=fields)


def _as_pixel(random: Random, deed: Deed) -> bool:
    return deed.fields["stage"] in {"visit", "passive"} and random.random() < PIXELS


def _delay(random: Random) -> int:
    chance = random.random()
    if chance < VERY_LATE:
        return random.randrange(HOUR_MS, 2 * DAY_MS)
    if chance < LATE:
        return random.randrange(MINUTE_MS, 90 * MINUTE_MS)
    return random.randrange(SECOND_MS)
