"""Comparison: the live tables against what the reference expects, cell by cell.

Every table becomes a multiset of rows, a signed one by its sum over sign; both sides must be equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from clickhouse_driver import Client
from xxhash import xxh64_intdigest

from streams.demo.reference import Expected, Journey

Row = tuple[Any, ...]
Rows = Counter[Row]

SHOWN: Final = 3
MINUTE_MS: Final = 60_000
TIMES: Final = (
    "visit_at", "talk_at", "act_at", "first_visit_at", "first_talk_at", "first_act_at",
    "act_after_talk_at", "pushback_after_talk_at", "first_passive_at", "first_pushback_at",
)  # fmt: skip


class Check(NamedTuple):
    """One table: `columns` and `weight` are SQL, `expected` makes the same rows of the facts."""

    table: str
    columns: tuple[str, ...]
    weight: str
    expected: Callable[[Expected], Rows]


class Difference(NamedTuple):
    """One table that is not as expected: how many of its rows, and what to tell people."""

    table: str
    rows: int
    told: tuple[str, ...]


def differences(expected: Expected, client: Client) -> list[str]:
    """What differs, for people to read; empty: all is equal."""
    return [line for found in compare(expected, client) for line in found.told]


def compare(expected: Expected, client: Client) -> Iterator[Difference]:
    """Every table that differs."""
    for check in CHECKS:
        yield from _compared(check, check.expected(expected), _live(check, client))
    yield from _compared(JOURNEYS, *_without_open_origins(expected, _live(JOURNEYS, client)))
    rows = client.execute("SELECT * FROM conservation WHERE missing != 0 ORDER BY minute")
    if rows:
        told = tuple(f"conservation: expected nothing missing, found {row}" for row in rows)
        yield Difference("conservation", len(rows), told)


def _live(check: Check, client: Client) -> Rows:
    columns = ", ".join(check.columns)
    rows = client.execute(
        f"SELECT {columns}, {check.weight} AS weight FROM {check.table} "
        "GROUP BY ALL HAVING weight != 0"
    )
    return Counter({tuple(row[:-1]): int(row[-1]) for row in rows})


def _compared(check: Check, expected: Rows, live: Rows) -> Iterator[Difference]:
    different = sorted(row for row in expected.keys() | live.keys() if expected[row] != live[row])
    if different:
        told = tuple(_told(check, different, expected, live))
        yield Difference(check.table, len(different), told)


def _told(check: Check, different: Sequence[Row], expected: Rows, live: Rows) -> Iterator[str]:
    for row in different[:SHOWN]:
        named = ", ".join(
            f"{name.rpartition(' AS ')[2]}={value}"
            for name, value in zip(check.columns, row, strict=True)
        )
        yield f"{check.table}: expected {expected[row]}, found {live[row]} of ({named})"
    if len(different) > SHOWN:
        yield f"{check.table}: and {len(different) - SHOWN} more"


def visitor_key(tenant: str, visitor: str) -> int:
    """What the tables call a visitor."""
    return name_key(f"{tenant}/{visitor}")


def name_key(name: str) -> int:
    """xxHash64, as ClickHouse computes it."""
    return xxh64_intdigest(name.encode())


def _minute(at_ms: int) -> int:
    return at_ms // MINUTE_MS * (MINUTE_MS // 1000)


def _events(expected: Expected) -> Rows:
    return Counter(tuple(it) for it in expected.events)


def _dead_letters(expected: Expected) -> Rows:
    return Counter(tuple(it) for it in expected.dead_letters)


def _sessions(expected: Expected) -> Rows:
    return Counter(
        (it.tenant, it.campaign, visitor_key(it.tenant, it.visitor), *it[3:], 0)
        for it in expected.sessions
    )


def _accepted(expected: Expected) -> Rows:
    return Counter((it.tenant, _minute(it.received_at)) for it in expected.events)


def _dead(expected: Expected) -> Rows:
    return Counter((it.tenant, _minute(it.received_at)) for it in expected.dead_letters)


def _duplicates(expected: Expected) -> Rows:
    return Counter((tenant, _minute(at)) for tenant, _, _, at in expected.duplicates)


def _received(expected: Expected) -> Rows:
    """What was read for the first time: a replayed letter was read when it was one."""
    again = Counter(
        (it.tenant, _minute(it.received_at)) for it in expected.replays if not it.duplicate
    )
    first = _accepted(expected) - again + _dead(expected)
    return first + _duplicates(expected) + _dropped(expected)


def _replays(expected: Expected) -> Rows:
    return Counter(tuple(it) for it in expected.replays)


def _standing(expected: Expected) -> Rows:
    return Counter((it.topic, it.partition, it.offset) for it in expected.standing)


def _dropped(expected: Expected) -> Rows:
    return Counter((it.tenant, _minute(it.received_at)) for it in expected.dropped)


def _by_entry(step: int) -> Callable[[Expected], Rows]:
    return lambda expected: Counter(
        (it.tenant, it.campaign, _minute(it.visit_at))
        for it in expected.journeys
        if _steps(it)[step]
    )


def _by_reached(step: int) -> Callable[[Expected], Rows]:
    return lambda expected: Counter(
        (it.tenant, it.campaign, _minute(_steps(it)[step]))
        for it in expected.journeys
        if _steps(it)[step]
    )


def _steps(journey: Journey) -> tuple[int, int, int]:
    return journey.visit_at, journey.talk_at, journey.act_at


def _journey_row(it: Journey) -> Row:
    counts = it.acts, it.pushbacks, it.value_minor, it.reached, it.path
    times = (getattr(it, name) for name in TIMES)
    origin_key = 0 if it.origin is None else name_key(it.origin)
    key = visitor_key(it.tenant, it.visitor)
    return it.tenant, it.campaign, key, *times, *counts, 0, origin_key


def _journeys(expected: Expected) -> Rows:
    return Counter(_journey_row(it) for it in expected.journeys)


def _without_open_origins(expected: Expected, live: Rows) -> tuple[Rows, Rows]:
    """Expected and live rows, the origin left out where equal times leave it open."""
    rows = _journeys(expected)
    undecided = {row[:3] for row in rows if row[-1] == 0}
    shown: Rows = Counter()
    for row, weight in live.items():
        shown[(*row[:-1], 0) if row[:3] in undecided else row] += weight
    return rows, shown


def _ms(name: str) -> str:
    return f"toUnixTimestamp64Milli({name}) AS {name}"


MINUTE: Final = ("tenant", "toUnixTimestamp(minute) AS minute")
CAMPAIGN_MINUTE: Final = ("tenant", "campaign", "toUnixTimestamp(minute) AS minute")
JOURNEYS: Final = Check(
    "journeys",
    ("tenant", "campaign", "visitor_key", *map(_ms, TIMES), "acts", "pushbacks", "value_minor",
     "toString(reached) AS reached", "toString(path) AS path", "capped", "origin_key"),
    "sum(toInt64(sign))",
    _journeys,
)  # fmt: skip
FUNNELS: Final = tuple(
    Check(table, CAMPAIGN_MINUTE, f"sum({step})", rows(number))
    for table, rows in (("funnel_by_entry", _by_entry), ("funnel_by_reached", _by_reached))
    for number, step in enumerate(("visited", "talked", "acted"))
)
CHECKS: Final = (
    Check(
        "events",
        ("tenant", "visitor", "event_id", "campaign", "toString(stage) AS stage",
         _ms("derived_at"), _ms("received_at"), "clamped", "in_session"),
        "count()",
        _events,
    ),
    Check(
        "dead_letters",
        ("tenant", "topic", "partition", "offset", _ms("received_at")),
        "count()",
        _dead_letters,
    ),
    Check(
        "sessions",
        ("tenant", "campaign", "visitor_key", _ms("started_at"), _ms("ended_at"), "interactions",
         "capped"),
        "sum(toInt64(sign))",
        _sessions,
    ),
    *FUNNELS,
    Check(
        "replays",
        ("tenant", _ms("received_at"), "duplicate", "letter_topic", "letter_partition",
         "letter_offset", "item", "items", "letter_tenant", _ms("letter_received_at"), "partition",
         "offset"),
        "count()",
        _replays,
    ),
    Check("standing_letters", ("topic", "partition", "offset"), "count()", _standing),
    Check("accepted_by_minute", MINUTE, "sum(accepted)", _accepted),
    Check("dead_by_minute", MINUTE, "sum(dead_letters)", _dead),
    Check("receipts", MINUTE, "sum(received)", _received),
    Check("receipts", MINUTE, "sum(duplicates)", _duplicates),
    Check("receipts", MINUTE, "sum(dropped)", _dropped),
)  # fmt: skip
