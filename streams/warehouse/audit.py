"""Audit: do the tables agree with each other and with the log? Every check names its wrong cells.

Facts of one batch go into several tables, one after the other. So beside live workers a cell may be
wrong for a moment: it counts only if several looks in a row find it wrong in the very same way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from clickhouse_driver import Client

from streams.warehouse.queries import QueryResult, Value, named_query
from streams.warehouse.tables import without_window

LOOKS: Final = 4
BETWEEN_LOOKS_S: Final = 0.7
UNHURRIED: Final = {"max_execution_time": 0, "max_bytes_before_external_group_by": 1 << 30}
LEFT_OUT: Final = "SELECT sum(duplicates) + sum(dropped) FROM receipts"
ALL: Final = "*"
REBUILD: Final = "the log is right: `stepthree replay` rebuilds the tables from it"
SKIPPED: Final = (
    "what was passed on purpose (--without-older, --accept-loss) or never was a record (markers of "
    "transactions) is told here for ever: docs/repair.md"
)

Wait = Callable[[float], None]


class Scope(NamedTuple):
    """What is looked at: one tenant (`*`: all), times in ms of receipt, the end exclusive."""

    tenant: str = ALL
    from_ms: int = 0
    to_ms: int = 4_102_444_800_000
    ring: int = 4_096  # event ids that a visitor's state remembers

    @property
    def is_everything(self) -> bool:
        """Are all records that the tables ever got in it?"""
        return self[:3] == Scope()[:3]


class Finding(NamedTuple):
    """One check: its wrong cells, by name and value, and what to do (empty: it is no fault).

    `moved`: so many records moved while it looked that as many faults could be hidden.
    """

    check: str
    says: str
    cells: tuple[Mapping[str, object], ...] = ()
    to_do: str = ""
    moved: int = 0

    @property
    def is_wrong(self) -> bool:
        """Is there a fault?"""
        return bool(self.cells and self.to_do)

    @property
    def is_open(self) -> bool:
        """Is neither a fault nor its absence proven?"""
        return bool(self.moved) and not self.is_wrong


class Check(NamedTuple):
    """A named query whose rows are the wrong cells; `fixed`: parameters of the check's own."""

    name: str
    query: str
    says: str
    to_do: str = REBUILD
    fixed: Mapping[str, Value] = {}


CHECKS: Final = (
    Check("positions", "audit_positions", "no record of the log stands twice"),
    Check("ids", "audit_ids", "no event id is accepted again while it is remembered",
          fixed={"far": 0}),
    Check("forgotten ids", "audit_ids", "ids accepted again when their visitor had sent more ids "
          "than are remembered: as promised", to_do="", fixed={"far": 1}),
    Check("session signs", "audit_session_signs", "signs of a session add up to 0 or 1"),
    Check("journey signs", "audit_journey_signs", "signs of a journey add up to 0 or 1"),
    Check("sessions", "audit_sessions", "sessions hold every interaction of events once"),
    Check("journeys", "audit_journeys", "one live journey of a visitor in a campaign, as events"),
    Check("accepted by minute", "audit_accepted_by_minute", "accepted_by_minute is as events"),
    Check("funnel by minute", "audit_funnel_by_minute", "funnel_by_minute is as journeys, twice"),
    Check("dead by minute", "audit_dead_by_minute", "dead_by_minute is as dead_letters"),
    Check("conservation", "audit_conservation",
          "received = accepted + duplicates + dropped + dead letters",
          to_do=f"start a worker if none runs, a batch may be half written; else {REBUILD}"),
)  # fmt: skip


def audit(client: Client, scope: Scope, wait: Wait = time.sleep) -> Iterator[Finding]:
    """All checks that the tables alone can answer, each when it is done."""
    yield _windows(client)
    for check in CHECKS:
        yield Finding(check.name, check.says, _persistent(client, check, scope, wait), check.to_do)


def _windows(client: Client) -> Finding:
    return Finding(
        "windows",
        "every table knows a repeated insert",
        tuple({"table": table} for table in without_window(client)),
        "ALTER TABLE ... MODIFY SETTING non_replicated_deduplication_window = 10000",
    )


def _persistent(
    client: Client, check: Check, scope: Scope, wait: Wait
) -> tuple[Mapping[str, object], ...]:
    """The cells that each look finds, the very same."""
    found = _look(client, check, scope)
    rows = found.rows
    for _ in range(LOOKS - 1):
        if not rows or not check.to_do:
            break
        wait(BETWEEN_LOOKS_S)
        again = set(_look(client, check, scope).rows)
        rows = [row for row in rows if row in again]
    return tuple(dict(zip(found.columns, row, strict=True)) for row in rows)


def _look(client: Client, check: Check, scope: Scope) -> QueryResult:
    query = named_query(check.query)
    known: dict[str, Value] = {**scope._asdict(), **check.fixed}
    asked = {each.name: known[each.name] for each in query.parameters}
    rows, columns = client.execute(query.sql, asked, with_column_types=True, settings=UNHURRIED)
    return QueryResult(tuple(name for name, _ in columns), rows)


Place = tuple[str, int]
"""A topic and the number of one of its partitions."""


def count_absent(client: Client, settled: Mapping[Place, int]) -> dict[Place, int]:
    """Of the records from 0 to each settled offset: how many are in no table."""
    sql = named_query("audit_offsets").sql
    return {
        (topic, partition): before
        - _one(client, sql, topic=topic, partition=partition, before=before)
        for (topic, partition), before in settled.items()
    }


def count_left_out(client: Client) -> int:
    """Records that the receipts call duplicates, or dropped."""
    return _one(client, LEFT_OUT)


def _one(client: Client, sql: str, **asked: Value) -> int:
    ((found,),) = client.execute(sql, asked, settings=UNHURRIED)
    return int(found)


def holes(absent: Mapping[Place, int], left_out: int, later: int) -> Finding:
    """Every absent record must have been left out, as the receipts count them.

    Receipts count by tenant and minute, so only sums can be compared. Beside live workers they lie
    between `absent`, counted before the receipts were read, and `later`: those absent afterwards
    and those planned. Duplicates that came between these two looks could stand for as many lost
    records: only when both are the same is it proven that there is none.
    """
    before = sum(absent.values())
    agrees = before <= left_out <= later
    cells: list[Mapping[str, object]] = [
        {"topic": topic, "partition": partition, "absent": count, "left_out_of_all": left_out}
        for (topic, partition), count in absent.items()
        if not agrees
    ]
    says = "every settled record is in a table, or left out and counted"
    return Finding("holes", says, tuple(cells), f"{REBUILD}; {SKIPPED}", abs(later - before))


def proven(look: Callable[[], Finding], wait: Wait = time.sleep) -> Finding:
    """The first of a few looks that is wrong or sure; else the one that leaves least open."""
    found = look()
    for _ in range(LOOKS - 1):
        if not found.is_open:
            break
        wait(BETWEEN_LOOKS_S)
        again = look()
        found = again if again.is_wrong else min(found, again, key=lambda it: it.moved)
    return found
