"""Rows: facts as the columns of ClickHouse's tables."""

from __future__ import annotations

import re
from typing import Any

import pytest

from streams.codec.batch import Batch, Letter
from streams.codec.rows import (
    Place,
    campaign_rows,
    event_rows,
    journey_rows,
    letter_rows,
    receipt_rows,
    session_rows,
)
from streams.domain.fold import fold
from streams.domain.interaction import Interaction
from streams.domain.keys import name_key
from streams.domain.outcome import DeadLetter, FailureReason
from streams.domain.visitor import Visitor
from streams.ports.facts import InsertBatch
from streams.topics import SCHEMAS
from streams.warehouse.statements import statements
from tests.builders import HOUR, LIMITS, MINUTE, T0, campaign, interaction, stamped

PLACE = Place("interactions", 3, 2)
COMPUTED = re.compile(r"\b(ALIAS|MATERIALIZED)\b")
V = name_key(b"acme/v")
FULL = interaction(
    "e1",
    "act",
    occurred_at=T0 - HOUR,
    sent_at=T0 - 1,
    received_at=T0,
    sequence=5,
    source="server",
    channel={
        "source": "mail",
        "medium": "letter",
        "campaign": "spring",
        "term": "river",
        "content": "blue",
        "click_id": "c1",
    },
    page="https://example.org/",
    referrer="https://news.example/",
    share_token="s1",
    issued_token="s2",
    identifiers=("h1", "h2"),
    value_minor=-250,
    currency="EUR",
    proof="staff",
    consent="granted",
    signals=("headless",),
    properties={"a": 1, "b": "ü", "c": None},
)


def batch_of(found: list[Interaction], *versions: Any) -> tuple[Batch, Any]:
    """A batch and its facts, folded from nothing."""
    batch = stamped(found, versions)
    return batch, fold(batch.steps, {}, LIMITS)


def events(*found: Interaction) -> dict[str, list[Any]]:
    """The columns of these interactions in `events`."""
    rows = event_rows(*batch_of(list(found)), PLACE)
    assert rows.table == "events"
    return {name: list(values) for name, values in rows.columns.items()}


def plain(rows: InsertBatch) -> tuple[str, dict[str, list[Any]]]:
    """Table and columns, whatever kind of sequence they are."""
    return rows.table, {name: list(values) for name, values in rows.columns.items()}


def test_an_event_that_tells_the_least_leaves_the_sparse_columns_out() -> None:
    assert events(interaction("e1")) == {
        "tenant": ["acme"],
        "campaign": ["c"],
        "visitor": ["v"],
        "event_id": ["e1"],
        "stage": [1],
        "kind": ["page_view"],
        "derived_at": [T0],
        "occurred_at": [T0],
        "received_at": [T0],
        "source": ["web"],
        "origin": ["direct"],
        "page": [""],
        "in_session": [True],
        "partition": [3],
        "offset": [0],
        "epoch": [2],
    }


def test_an_event_that_tells_all_has_every_column_of_the_table() -> None:
    clamped = interaction("e2", occurred_at=1, received_at=T0)
    columns = events(FULL, clamped)
    assert columns.keys() == table("events")
    full = {name: values[0] for name, values in columns.items()}
    assert full == {
        "tenant": "acme",
        "campaign": "c",
        "visitor": "v",
        "event_id": "e1",
        "stage": 3,
        "kind": "donation",
        "derived_at": T0 - HOUR,
        "occurred_at": T0 - HOUR,
        "sent_at": T0 - 1,
        "received_at": T0,
        "clamped": False,
        "in_session": True,
        "sequence": 5,
        "source": "server",
        "origin": "mail",
        "channel_source": "mail",
        "channel_medium": "letter",
        "channel_campaign": "spring",
        "channel_term": "river",
        "channel_content": "blue",
        "click_id": "c1",
        "page": "https://example.org/",
        "referrer": "https://news.example/",
        "share_token": "s1",
        "issued_token": "s2",
        "identifiers": ("h1", "h2"),
        "value_minor": -250,
        "currency": "EUR",
        "proof": "staff",
        "consent": "granted",
        "signals": ("headless",),
        "properties": '{"a":1,"b":"ü","c":null}',
        "partition": 3,
        "offset": 0,
        "epoch": 2,
    }
    told_of_second = {"clamped": True, "sent_at": 0, "sequence": 0, "properties": "", "proof": ""}
    assert {name: columns[name][1] for name in told_of_second} == told_of_second


def test_a_duplicate_is_left_out_of_every_column() -> None:
    found = [interaction("e1"), interaction("e1"), interaction("e2", page="https://a.example/")]
    columns = events(*found)
    assert {len(values) for values in columns.values()} == {2}
    assert (columns["event_id"], columns["offset"], columns["page"]) == (
        ["e1", "e2"],
        [0, 2],
        ["", "https://a.example/"],
    )


def test_a_batch_without_interactions_inserts_nothing() -> None:
    batch, facts = batch_of([])
    inserts = (
        event_rows(batch, facts, PLACE),
        session_rows(batch, facts),
        journey_rows(batch, facts),
        letter_rows([], PLACE),
        receipt_rows(batch, ()),
    )
    assert [(rows.table, rows.rows) for rows in inserts] == [
        ("events", 0),
        ("sessions", 0),
        ("journeys", 0),
        ("dead_letters", 0),
        ("receipts", 0),
    ]


def test_a_session_that_changes_is_two_signed_rows() -> None:
    visitors: dict[int, Visitor] = {}
    fold(stamped([interaction("e1")]).steps, visitors, LIMITS)
    batch = stamped([interaction("e2", at=T0 + MINUTE)])
    rows = session_rows(batch, fold(batch.steps, visitors, LIMITS))
    assert plain(rows) == (
        "sessions",
        {
            "tenant": ["acme", "acme"],
            "visitor_key": [V, V],
            "started_at": [T0, T0],
            "ended_at": [T0, T0 + MINUTE],
            "interactions": [1, 2],
            "received_at": [T0 + MINUTE, T0 + MINUTE],
            "sign": [-1, 1],
        },
    )


def test_only_a_session_of_a_campaigns_own_names_the_campaign() -> None:
    own = campaign(campaign="d", sessions="per-campaign")
    found = [interaction("e1", campaign="c"), interaction("e2", campaign="d")]
    batch, facts = batch_of(found, own)
    _, columns = plain(session_rows(batch, facts))
    assert columns["campaign"] == ["", "d"]


def test_a_session_that_was_let_go_says_so() -> None:
    found = [interaction(f"e{number}", at=T0 + number * HOUR) for number in range(3)]
    batch = stamped(found)
    facts = fold(batch.steps, {}, LIMITS._replace(touches=2))
    _, columns = plain(session_rows(batch, facts))
    flags = dict(zip(columns["started_at"], columns["capped"], strict=True))
    assert flags == {T0: True, T0 + HOUR: False, T0 + 2 * HOUR: False}


def test_a_journey_that_changes_is_two_signed_rows_without_what_neither_reached() -> None:
    visitors: dict[int, Visitor] = {}
    fold(stamped([interaction("e1")]).steps, visitors, LIMITS)
    batch = stamped([interaction("e2", "talk", at=T0 + 1)])
    rows = journey_rows(batch, fold(batch.steps, visitors, LIMITS))
    assert plain(rows) == (
        "journeys",
        {
            "tenant": ["acme", "acme"],
            "campaign": ["c", "c"],
            "visitor_key": [V, V],
            "received_at": [T0 + 1, T0 + 1],
            "sign": [-1, 1],
            "visit_at": [T0, T0],
            "talk_at": [0, T0 + 1],
            "first_visit_at": [T0, T0],
            "first_talk_at": [0, T0 + 1],
            "origin_key": [name_key(b"direct")] * 2,
        },
    )


def test_a_dead_letter_has_its_place_reason_and_bytes() -> None:
    letter = Letter("acme", T0, "log", 9, DeadLetter(FailureReason.BAD_JSON, "why", b"{\xff"))
    rows = letter_rows([letter], PLACE)
    assert plain(rows) == (
        "dead_letters",
        {
            "tenant": ["acme"],
            "received_at": [T0],
            "source": ["log"],
            "reason": ["bad_json"],
            "detail": ["why"],
            "original": [b"{\xff"],
            "topic": ["interactions"],
            "partition": [3],
            "offset": [9],
            "epoch": [2],
        },
    )
    assert rows.columns.keys() == table("dead_letters")


def test_receipts_count_all_that_was_read_by_tenant_and_minute() -> None:
    minute = T0 // MINUTE * MINUTE
    found = [
        interaction("e1", received_at=minute),
        interaction("e1", received_at=minute + MINUTE - 1),
        interaction("e2", received_at=minute + MINUTE),
        interaction("e3", received_at=minute, tenant="zoo"),
    ]
    batch, facts = batch_of(found)
    dead = DeadLetter(FailureReason.EMPTY, "", b"")
    letters = [Letter("", minute, "log", 5, dead), Letter("acme", minute, "log", 6, dead)]
    assert plain(receipt_rows(batch._replace(letters=letters), facts.duplicates)) == (
        "receipts",
        {
            "tenant": ["", "acme", "acme", "zoo"],
            "minute": [minute // 1000, minute // 1000, minute // 1000 + 60, minute // 1000],
            "received": [1, 3, 1, 1],
            "duplicates": [0, 1, 0, 0],
        },
    )


def test_a_definition_is_one_row_with_all_of_it_as_json() -> None:
    version = campaign(title="River", currency="EUR", time_zone="Europe/Berlin", effective_from=T0)
    rows = campaign_rows(version, 17)
    table_name, columns = plain(rows)
    definition = columns.pop("definition")
    assert (table_name, columns) == (
        "campaigns",
        {
            "tenant": ["acme"],
            "campaign": ["c"],
            "version": [17],
            "effective_from": [T0],
            "title": ["River"],
            "goal_kind": ["donation"],
            "goal_unit": ["acts"],
            "goal_target": [100],
            "started_at": [T0],
            "deadline": [version.goal.deadline],
            "time_zone": ["Europe/Berlin"],
            "currency": ["EUR"],
        },
    )
    assert '"title":"River"' in definition[0]
    assert rows.columns.keys() == table("campaigns")


@pytest.mark.parametrize("rows", ["sessions", "journeys", "receipts"])
def test_every_column_that_is_inserted_is_one_of_the_table(rows: str) -> None:
    own = campaign(sessions="per-campaign", currency="EUR")
    touches = [
        interaction(f"{stage}-{at}", stage, at=T0 + at * HOUR, value_minor=5, currency="EUR")
        for stage in ("visit", "talk", "act", "passive", "pushback")
        for at in range(3)
    ]
    batch = stamped(touches, [own])
    facts = fold(batch.steps, {}, LIMITS._replace(touches=2))
    inserted = {
        "sessions": session_rows(batch, facts),
        "journeys": journey_rows(batch, facts),
        "receipts": receipt_rows(batch, facts.duplicates),
    }[rows]
    assert inserted.table == rows
    assert inserted.columns.keys() == table(rows) - {"dropped"}


def table(name: str) -> set[str]:
    """The columns that an insert may name, as the migrations declare them."""
    files = (SCHEMAS / "clickhouse" / "migrations").glob("*.up.sql")
    declared = [part for file in files for part in statements(file.read_text(encoding="utf-8"))]
    (statement,) = (part for part in declared if part.startswith(f"CREATE TABLE {name}\n"))
    body = statement.partition("(\n")[2].partition("\n)\n")[0].strip()
    columns = re.split(r",\n    (?=\w)", body)
    return {column.split()[0] for column in columns if not COMPUTED.search(column)}
