"""Fact rows: signed sessions and journeys, dead letters, receipts and definitions."""

from __future__ import annotations

from streams.codec.batch import Letter
from streams.codec.rows import (
    campaign_rows,
    journey_rows,
    letter_rows,
    receipt_rows,
    session_rows,
)
from streams.domain.fold import fold
from streams.domain.keys import name_key
from streams.domain.outcome import DeadLetter, FailureReason
from streams.domain.visitor import Visitor
from tests.builders import (
    HOUR,
    LIMITS,
    MINUTE,
    T0,
    campaign,
    interaction,
    stamped,
)
from tests.unit.codec.columns import PLACE, batch_of, plain, table

V = name_key(b"acme/v")


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
