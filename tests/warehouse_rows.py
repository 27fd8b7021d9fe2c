"""Rows of the warehouse for tests: an engine with all tables, and one function per kind of row."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from clickhouse_driver import Client
from xxhash import xxh64_intdigest

from streams.embedded import programs
from streams.embedded.ports import choose_ports
from streams.embedded.processes import Child, Program, Supervisor
from streams.settings import Settings
from streams.warehouse.migrate import migrate
from streams.warehouse.queries import run_query

MINUTE = 60_000
HOUR = 3_600_000
DAY = 86_400_000
START = 1_790_000_040_000  # a whole minute; every test's times are relative to it
TENANT = "acme"
CAMPAIGN = "petition"
ONE = {"tenant": TENANT, "campaign": CAMPAIGN}
WHOLE = {"from_ms": 0, "to_ms": START + 400 * DAY}

Cells = dict[str, int | str]


def start_warehouse(parts: Supervisor, home: Path) -> Settings:
    """A running warehouse with nothing in it, and a free port for a console."""
    settings = free_settings(home)
    start_engine(parts, settings)
    return settings


def free_settings(home: Path) -> Settings:
    """Settings with free ports for the engine and a console."""
    ports = choose_ports({"clickhouse": 0, "console": 0})
    return Settings(home=home, clickhouse_port=ports["clickhouse"], console_port=ports["console"])


def start_engine(parts: Supervisor, settings: Settings) -> Child:
    """The embedded engine with every declared table, ready."""
    engine = start_part(parts, programs.engine(settings))
    migrate(settings)
    return engine


def start_part(parts: Supervisor, program: Program) -> Child:
    """The program, ready."""
    child = parts.start(program)
    parts.wait_until_ready(child)
    return child


def insert(client: Client, table: str, rows: Iterable[Mapping[str, int | str]]) -> None:
    """One block; a column that a row lacks is 0 or empty."""
    kept = list(rows)
    names = sorted({name for row in kept for name in row})
    text = {name for row in kept for name, value in row.items() if isinstance(value, str)}
    values = [[row.get(name, "" if name in text else 0) for name in names] for row in kept]
    own = {"insert_deduplication_token": str(uuid4())}  # the same rows may well come again
    client.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES", values, settings=own)


def name_origins(client: Client, *names: str) -> None:
    """What a worker writes of the origins that it meets."""
    named = [{"tenant": TENANT, "origin_key": key(name), "origin": name} for name in names]
    insert(client, "origins", named)


def empty_all(client: Client) -> None:
    """Every table without rows, as after the migrations."""
    tables = client.execute(
        "SELECT name FROM system.tables"
        " WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
        " AND name != 'schema_migrations'"
    )
    for (table,) in tables:
        client.execute(f"TRUNCATE TABLE {table}")


def rows(client: Client, query: str, **parameters: Any) -> list[dict[str, Any]]:
    """What a named query answers, a dict per row."""
    result = run_query(client, query, **parameters)
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]


def picked(found: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    """Only these columns, in this order."""
    return [tuple(row[name] for name in names) for row in found]


def key(name: str) -> int:
    return xxh64_intdigest(name.encode())


def journey(
    visitor: str,
    *,
    visit: int | None = None,
    talk: int | None = None,
    act: int | None = None,
    like: int | None = None,
    push: int | None = None,
    acts: int | None = None,
    origin: str = "direct",
    campaign: str = CAMPAIGN,
    sign: int = 1,
) -> Cells:
    """The journey of a visitor with at most one touch of each stage, at ms after START."""
    ordered_talk = talk is not None and visit is not None and talk >= visit
    ordered_act = ordered_talk and act is not None and talk is not None and act >= talk
    after_talk = act is not None and talk is not None and act >= talk
    pushed_after = push is not None and talk is not None and push >= talk
    return {
        "tenant": TENANT,
        "campaign": campaign,
        "visitor_key": key(f"{TENANT}/{visitor}"),
        "visit_at": _at(visit),
        "talk_at": _at(talk if ordered_talk else None),
        "act_at": _at(act if ordered_act else None),
        "first_visit_at": _at(visit),
        "first_talk_at": _at(talk),
        "first_act_at": _at(act),
        "act_after_talk_at": _at(act if after_talk else None),
        "pushback_after_talk_at": _at(push if pushed_after else None),
        "first_passive_at": _at(like),
        "first_pushback_at": _at(push),
        "acts": (acts or 1) if act is not None else 0,
        "origin_key": key(origin),
        "received_at": _at(max(time or 0 for time in (visit, talk, act, like, push))),
        "sign": sign,
    }


def _at(offset_ms: int | None) -> int:
    return 0 if offset_ms is None else START + offset_ms


def event(
    visitor: str, stage: str, at: int, *, kind: str = "", origin: str = "direct", value: int = 0
) -> Cells:
    """An accepted interaction at ms after START."""
    return {
        "tenant": TENANT,
        "campaign": CAMPAIGN,
        "visitor": visitor,
        "event_id": f"{visitor}-{stage}-{at}",
        "stage": stage,
        "kind": kind
        or {"visit": "page_view", "talk": "share", "act": "signature"}.get(stage, stage),
        "derived_at": _at(at),
        "occurred_at": _at(at),
        "received_at": _at(at),
        "source": "pixel",
        "origin": origin,
        "value_minor": value,
        "currency": "EUR" if value else "",
    }


def definition(target: int, days: int, *, unit: str = "acts", campaign: str = CAMPAIGN) -> Cells:
    """A campaign that starts at START and ends after so many days."""
    return {
        "tenant": TENANT,
        "campaign": campaign,
        "version": 1,
        "title": "Spring petition",
        "goal_kind": "signature",
        "goal_unit": unit,
        "goal_target": target,
        "started_at": START,
        "deadline": START + days * DAY,
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
    }


def receipt(at: int, received: int, *, duplicates: int = 0, dropped: int = 0) -> Cells:
    """What the lanes read in the minute at ms after START."""
    return {
        "tenant": TENANT,
        "minute": (START + at) // MINUTE * 60,
        "received": received,
        "duplicates": duplicates,
        "dropped": dropped,
    }


def dead_letter(at: int, reason: str, detail: str = "") -> Cells:
    """A record that is no interaction, received at ms after START."""
    return {
        "tenant": TENANT,
        "received_at": START + at,
        "source": "pixel",
        "reason": reason,
        "detail": detail,
        "original": "{",
    }
