"""Audit: every kind of damage is found by the checks that it concerns, and by no other."""

from __future__ import annotations

import pytest
from clickhouse_driver import Client

from streams.warehouse.audit import CHECKS, LOOKS, Scope, audit, count_absent
from tests.warehouse_rows import (
    CAMPAIGN,
    DAY,
    MINUTE,
    START,
    TENANT,
    Cells,
    dead_letter,
    event,
    insert,
    journey,
    key,
    receipt,
)

pytestmark = pytest.mark.integration

ADA = key(f"{TENANT}/ada")
SESSION: Cells = {
    "tenant": TENANT, "visitor_key": ADA, "started_at": START, "ended_at": START + MINUTE,
    "interactions": 2, "received_at": START, "sign": 1,
}  # fmt: skip


def placed(row: Cells, offset: int, **changes: int | str) -> Cells:
    return {**row, "offset": offset, "in_session": 1, **changes}


@pytest.fixture
def sound(client: Client) -> Client:
    """Two events of one visitor, one duplicate and one dead letter, and all that follows."""
    events = [placed(event("ada", "visit", 0), 0), placed(event("ada", "talk", MINUTE), 1)]
    insert(client, "events", events)
    early = journey("ada", visit=0)
    insert(client, "journeys", [early])
    insert(client, "journeys", [{**early, "sign": -1}, journey("ada", visit=0, talk=MINUTE)])
    insert(client, "sessions", [SESSION])
    insert(client, "dead_letters", [{**dead_letter(0, "bad_json"), "topic": "interactions",
                                     "offset": 3}])  # fmt: skip
    insert(client, "receipts", [receipt(0, 3, duplicates=1), receipt(MINUTE, 1)])
    return client


def wrong(client: Client, scope: Scope | None = None) -> set[str]:
    found = audit(client, scope or Scope(), lambda seconds: None)
    return {finding.check for finding in found if finding.is_wrong}


def test_sound_tables_are_clean(sound: Client) -> None:
    findings = list(audit(sound, Scope(), lambda seconds: None))

    assert [finding.check for finding in findings] == ["windows", *(it.name for it in CHECKS)]
    assert [finding for finding in findings if finding.cells] == []
    assert count_absent(sound, {("interactions", 0): 4}) == {("interactions", 0): 1}


def test_an_event_that_stands_twice_is_found_by_its_position(sound: Client) -> None:
    insert(sound, "events", [placed(event("ada", "visit", 0), 0)])
    assert wrong(sound) == {"positions", "sessions", "conservation"}


def test_an_id_that_is_accepted_again_is_found(sound: Client) -> None:
    insert(sound, "events", [placed(event("ada", "visit", 0), 7, in_session=0)])
    assert wrong(sound) == {"ids", "conservation"}


def test_an_id_that_was_forgotten_is_told_apart(sound: Client) -> None:
    insert(sound, "events", [placed(event("ada", "visit", 0), 7, in_session=0)])
    insert(sound, "receipts", [receipt(0, 1)])

    found = {it.check: it for it in audit(sound, Scope(ring=1), lambda seconds: None)}

    assert [check for check, it in found.items() if it.cells] == ["forgotten ids"]
    assert found["forgotten ids"].cells[0]["distance"] == 2
    assert not found["forgotten ids"].is_wrong


def test_the_same_id_of_another_visitor_is_another_event(sound: Client) -> None:
    other = {**event("bob", "visit", 0), "event_id": "ada-visit-0", "campaign": ""}
    insert(sound, "events", [{**other, "offset": 9}])
    insert(sound, "receipts", [receipt(0, 1)])
    assert wrong(sound) == set()


def test_lost_events_are_found_by_roll_up_and_facts(sound: Client) -> None:
    sound.execute("ALTER TABLE events DELETE WHERE stage = 'talk' SETTINGS mutations_sync = 2")
    assert wrong(sound) == {"accepted by minute", "sessions"}
    assert count_absent(sound, {("interactions", 0): 4}) == {("interactions", 0): 2}


def test_lost_dead_letters_are_found(sound: Client) -> None:
    sound.execute("TRUNCATE TABLE dead_letters")
    assert wrong(sound) == {"dead by minute"}


def test_a_session_row_without_its_partner_is_found(sound: Client) -> None:
    insert(sound, "sessions", [{**SESSION, "started_at": START + DAY, "sign": -1}])
    assert wrong(sound) == {"session signs", "sessions"}


def test_a_journey_that_lives_twice_is_found(sound: Client) -> None:
    second = journey("ada", visit=0)
    insert(sound, "journeys", [second])
    assert wrong(sound) == {"journeys"}


def test_a_journey_row_without_its_partner_is_found(sound: Client) -> None:
    insert(sound, "journeys", [{**journey("ada", visit=0, talk=MINUTE), "sign": 1}])
    assert wrong(sound) == {"journey signs", "journeys"}


def test_a_lost_journey_is_found(sound: Client) -> None:
    sound.execute("TRUNCATE TABLE journeys")
    assert wrong(sound) == {"journeys", "funnel by minute"}


@pytest.mark.parametrize("basis", ["entry", "reached"])
def test_a_wrong_cell_of_the_funnel_is_found(sound: Client, basis: str) -> None:
    cell: Cells = {"tenant": TENANT, "campaign": CAMPAIGN, "basis": basis, "talked": 1,
                   "minute": (START + DAY) // 1_000}  # fmt: skip
    insert(sound, "funnel_by_minute", [cell])
    assert wrong(sound) == {"funnel by minute"}


def test_a_wrong_cell_of_the_receipts_is_found(sound: Client) -> None:
    insert(sound, "receipts", [receipt(5 * MINUTE, 1)])
    assert wrong(sound) == {"conservation"}


def test_a_table_that_counts_repeated_inserts_twice_is_found(sound: Client) -> None:
    sound.execute("CREATE TABLE loose (a UInt8) ENGINE = MergeTree ORDER BY a")
    try:
        assert wrong(sound) == {"windows"}
    finally:
        sound.execute("DROP TABLE loose SYNC")


def test_only_the_tenant_and_the_times_asked_for_are_looked_at(sound: Client) -> None:
    insert(sound, "receipts", [receipt(5 * MINUTE, 1)])
    assert wrong(sound, Scope(tenant="other")) == set()
    assert wrong(sound, Scope(to_ms=START + 5 * MINUTE)) == set()
    assert wrong(sound, Scope(from_ms=START + 5 * MINUTE)) == {"conservation"}


def test_what_is_wrong_for_a_moment_only_is_no_fault(sound: Client) -> None:
    """A batch is half written at the first look and whole at the next."""
    insert(sound, "receipts", [receipt(0, 1)])
    waited: list[float] = []

    def finish(seconds: float) -> None:
        if not waited:
            insert(sound, "dead_letters", [{**dead_letter(0, "bad_json"), "topic": "interactions",
                                            "offset": 8}])  # fmt: skip
        waited.append(seconds)

    assert [it.check for it in audit(sound, Scope(), finish) if it.is_wrong] == []
    assert 0 < len(waited) < LOOKS
