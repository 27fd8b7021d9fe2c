"""Trust queries: what came in against what became of it, and how old the newest event is."""

import pytest
from clickhouse_driver import Client

from tests.warehouse_rows import (
    DAY,
    MINUTE,
    ONE,
    START,
    TENANT,
    WHOLE,
    dead_letter,
    event,
    insert,
    picked,
    receipt,
    rows,
)

pytestmark = pytest.mark.integration


def test_what_came_in_is_what_became_of_it(client: Client) -> None:
    insert(client, "events", [event(f"v{n}", "visit", n) for n in range(7)])
    insert(client, "dead_letters", [dead_letter(0, "bad_json")])
    insert(client, "receipts", [receipt(0, 10, duplicates=2)])

    assert rows(client, "conservation", tenant=TENANT, **WHOLE) == [
        {"received": 10, "accepted": 7, "duplicates": 2, "dropped": 0, "dead_letters": 1,
         "missing": 0, "unbalanced_minutes": 0}
    ]  # fmt: skip


def test_a_lost_record_is_missing(client: Client) -> None:
    insert(client, "events", [event("v", "visit", 0)])
    insert(client, "receipts", [receipt(0, 2), receipt(MINUTE, 0)])

    (found,) = rows(client, "conservation", tenant=TENANT, **WHOLE)

    assert (found["missing"], found["unbalanced_minutes"]) == (1, 1)


def test_dead_letters_are_counted_by_reason_with_the_last_of_each(client: Client) -> None:
    insert(client, "dead_letters", [
        dead_letter(0, "bad_json", "first"), dead_letter(5, "bad_json", "last"),
        dead_letter(1, "bad_key", "who"),
    ])  # fmt: skip

    letters = rows(client, "dead_letters_by_reason", tenant=TENANT, **WHOLE)

    assert picked(letters, "reason", "dead_letters", "last_source", "last_detail") == [
        ("bad_json", 2, "pixel", "last"), ("bad_key", 1, "pixel", "who"),
    ]  # fmt: skip


def test_the_age_is_that_of_the_newest_event_received(client: Client) -> None:
    insert(client, "events", [event("v", "visit", 0), event("v", "visit", 400)])

    (found,) = rows(client, "freshness", **ONE, now_ms=START + 1_000)

    assert found["age_ms"] == 600


def test_nothing_in_a_day_has_no_age(client: Client) -> None:
    insert(client, "events", [event("v", "visit", 0)])

    assert rows(client, "freshness", **ONE, now_ms=START + 2 * DAY) == [
        {"newest_at": None, "age_ms": None}
    ]


def test_letters_are_found_by_where_they_are_in_the_log(client: Client) -> None:
    places = [("interactions", 0, 4), ("interactions", 0, 5), ("interactions", 0, 9)]
    others = [("interactions", 1, 5), ("rejections", 0, 5)]
    insert(client, "dead_letters", [
        {**dead_letter(0, "bad_json"), "topic": topic, "partition": partition, "offset": offset}
        for topic, partition, offset in (*places, *others)
    ])  # fmt: skip
    asked = {"topic": "interactions", "partition": 0, "begin": 5, "end": 9}

    (epoch,) = {row[0] for row in client.execute("SELECT DISTINCT epoch FROM dead_letters")}
    assert rows(client, "letter_offsets", **asked, epoch=epoch) == [{"offset": 5}]
    assert rows(client, "letter_offsets", **asked, epoch=epoch + 1) == []
