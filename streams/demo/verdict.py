"""Verdict: the log read once more, what the reference makes of it, and what the tables hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec
from clickhouse_driver import Client
from rich.console import Console
from rich.table import Table

from streams.demo.comparison import differences
from streams.demo.definitions import TENANT
from streams.demo.reference import Expected, Funnel, Record, Rules, reference
from streams.domain.arrival import DAY_MS
from streams.eventlog.campaigns import read_campaigns
from streams.eventlog.offsets import settled
from streams.eventlog.reading import LogRecord, read_topic
from streams.settings import Settings
from streams.topics import INTERACTIONS, REJECTIONS
from streams.warehouse.client import connect

SHOWN: Final = 20
STEPS: Final = ("visited", "talked", "acted")
FUNNELS: Final = """
SELECT tenant, campaign, sumIf(sign, toUnixTimestamp64Milli(visit_at) > 0),
       sumIf(sign, toUnixTimestamp64Milli(talk_at) > 0),
       sumIf(sign, toUnixTimestamp64Milli(act_at) > 0)
FROM journeys
GROUP BY tenant, campaign
HAVING sum(sign) > 0
ORDER BY tenant, campaign
"""
CONSERVATION: Final = """
SELECT sum(received), sum(accepted), sum(duplicates), sum(dropped), sum(dead_letters), sum(missing)
FROM conservation
"""


class Conservation(NamedTuple):
    """All that was received, by what became of it."""

    received: int = 0
    accepted: int = 0
    duplicates: int = 0
    dropped: int = 0
    dead_letters: int = 0
    missing: int = 0


class Verdict(NamedTuple):
    """Both sides and where they differ; equal when `different` is empty."""

    expected: Expected
    funnels: tuple[Funnel, ...]
    conservation: Conservation
    different: tuple[str, ...]


def log_size(settings: Settings) -> int:
    """How many records the interactions' and rejections' topics have had so far."""
    return sum(state.end for state in settled(settings))


def judge(settings: Settings, sent: int = 0) -> Verdict:
    """Compare everything in the log with everything in the tables; all must be settled.

    `sent`: how many records the log must hold at least.
    """
    expected = expected_of_log(settings)
    lost = sent - log_size(settings)
    missing = [f"log: expected {sent} records, found {sent - lost}"] if lost > 0 else []
    client = connect(settings)
    try:
        return Verdict(
            expected,
            tuple(Funnel(*row) for row in client.execute(FUNNELS)),
            _conservation(client),
            (*missing, *differences(expected, client)),
        )
    finally:
        client.disconnect()


def count_events(settings: Settings) -> int:
    """How many events of the demo's tenant are there already."""
    client = connect(settings)
    try:
        asked = {"tenant": TENANT}
        ((count,),) = client.execute(
            "SELECT count() FROM events WHERE tenant = {tenant:String}", asked
        )
        return int(count)
    finally:
        client.disconnect()


def expected_of_log(settings: Settings) -> Expected:
    """What the reference makes of both topics."""
    records = [
        *map(_record, read_topic(settings, INTERACTIONS)),
        *map(_record, read_topic(settings, REJECTIONS)),
    ]
    versions = [msgspec.to_builtins(it) for it in read_campaigns(settings)]
    return reference(records, versions, _rules(settings))


def show(verdict: Verdict, console: Console) -> None:
    """Funnel beside funnel, the conservation line, and what differs."""
    table = Table("campaign", "", *STEPS, title="Funnel, in persons", title_justify="left")
    for name, live, expected in _pairs(verdict.funnels, verdict.expected.funnels):
        table.add_row(name, "ClickHouse", *_counts(live))
        table.add_row("", "reference", *_counts(expected), end_section=True)
    console.print(table)
    sums = verdict.conservation
    console.print(
        f"received {sums.received:,} = accepted {sums.accepted:,} + duplicates "
        f"{sums.duplicates:,} + dropped {sums.dropped:,} + dead letters {sums.dead_letters:,}"
        f", missing {sums.missing:,}",
        highlight=False,
        soft_wrap=True,
    )
    _show_differences(verdict.different, console)


def _show_differences(different: Sequence[str], console: Console) -> None:
    if not different:
        console.print("equal: events, sessions, journeys, roll-ups and dead letters", style="green")
        return
    console.print(f"not equal: {len(different)} differences", style="red")
    for line in different[:SHOWN]:
        console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)


def _pairs(
    live: Iterable[Funnel], expected: Iterable[Funnel]
) -> Iterable[tuple[str, Funnel | None, Funnel | None]]:
    found, wanted = ({it[:2]: it for it in side} for side in (live, expected))
    for tenant, campaign in sorted(found.keys() | wanted.keys()):
        key = tenant, campaign
        yield f"{tenant}/{campaign}", found.get(key), wanted.get(key)


def _counts(funnel: Funnel | None) -> tuple[str, ...]:
    return tuple(f"{count:,}" for count in funnel[2:]) if funnel else ("-",) * len(STEPS)


def _conservation(client: Client) -> Conservation:
    (row,) = client.execute(CONSERVATION)
    return Conservation(*map(int, row))


def _rules(settings: Settings) -> Rules:
    return Rules(
        gap_ms=settings.session_gap_s * 1000,
        talk_window_ms=settings.talk_window_days * DAY_MS,
        act_window_ms=settings.act_window_days * DAY_MS,
        ring=settings.duplicate_ring,
    )


def _record(found: LogRecord) -> Record:
    return Record(
        found.partition,
        found.offset,
        found.key,
        found.value,
        found.timestamp_ms,
        found.topic,
        found.headers,
    )
