"""Event rows, and the columns of every table."""

from __future__ import annotations

from typing import Any

import pytest

from streams.codec.rows import (
    event_rows,
    journey_rows,
    letter_rows,
    receipt_rows,
    session_rows,
)
from streams.domain.fold import fold
from streams.domain.interaction import Interaction
from tests.builders import (
    HOUR,
    LIMITS,
    T0,
    campaign,
    full_interaction,
    interaction,
    stamped,
)
from tests.unit.codec.columns import PLACE, batch_of, table

FULL = full_interaction()


def events(*found: Interaction) -> dict[str, list[Any]]:
    """The columns of these interactions in `events`."""
    rows = event_rows(*batch_of(list(found)), PLACE)
    assert rows.table == "events"
    return {name: list(values) for name, values in rows.columns.items()}


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
