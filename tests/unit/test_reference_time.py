"""The reference on duplicates, clocks and ranges: each rule as one literal case."""

import pytest

from streams.demo.reference import Rules, expected_facts
from tests.oracle.builders import DAY, HOUR, MINUTE, SECOND, T0, raw


def derived(*interactions: dict[str, object]) -> dict[str, int]:
    return {it.event_id: it.derived_at for it in expected_facts(interactions).events}


def test_an_event_id_seen_before_is_a_duplicate_and_adds_nothing() -> None:
    first = raw("talk", event_id="x")
    again = raw("talk", T0 + HOUR, event_id="x")
    found = expected_facts([first, again])
    assert found.duplicates == (("acme", "v1", "x", T0 + HOUR),)
    assert [it.derived_at for it in found.events] == [T0]


def test_the_same_event_id_of_another_visitor_or_tenant_is_no_duplicate() -> None:
    found = expected_facts(
        [raw(event_id="x"), raw(event_id="x", visitor="v2"), raw(event_id="x", tenant="other")]
    )
    assert found.duplicates == ()
    assert len(found.events) == 3


def test_an_event_id_older_than_the_ring_is_new_again() -> None:
    ids = ["a", "b", "c", "a"]
    found = expected_facts([raw(event_id=it) for it in ids], rules=Rules(ring=2))
    assert found.duplicates == ()
    assert len(found.events) == 4


def test_a_duplicate_does_not_keep_its_event_id_longer_in_the_ring() -> None:
    ids = ["a", "b", "a", "c", "a"]
    found = expected_facts([raw(event_id=it) for it in ids], rules=Rules(ring=2))
    assert [it[2] for it in found.duplicates] == ["a"]
    assert len(found.events) == 4


def test_without_sent_at_the_senders_time_holds() -> None:
    assert derived(raw(event_id="x", occurred_at=T0, received_at=T0 + 3 * HOUR)) == {"x": T0}


def test_a_clock_two_hours_slow_is_put_right_by_its_skew() -> None:
    late = raw(event_id="x", occurred_at=T0, sent_at=T0 + SECOND, received_at=T0 + 2 * HOUR)
    assert derived(late) == {"x": T0 + 2 * HOUR}


def test_the_skew_is_rounded_to_ten_minutes() -> None:
    just_less = raw(event_id="x", sent_at=T0, received_at=T0 + 5 * MINUTE - 1, occurred_at=T0)
    half = raw(event_id="y", visitor="v2", sent_at=T0, received_at=T0 + 5 * MINUTE, occurred_at=T0)
    assert derived(just_less, half) == {"x": T0, "y": T0 + 10 * MINUTE}


def test_a_fast_clock_has_a_negative_skew() -> None:
    fast = raw(event_id="x", occurred_at=T0 + HOUR, sent_at=T0 + HOUR, received_at=T0)
    assert derived(fast) == {"x": T0}


def test_the_first_skew_sticks_while_later_ones_differ_by_ten_minutes_at_most() -> None:
    first = raw(sent_at=T0, received_at=T0)
    later = raw(event_id="x", occurred_at=T0, sent_at=T0, received_at=T0 + 14 * MINUTE)
    assert derived(first, later)["x"] == T0


def test_a_skew_that_differs_by_more_than_ten_minutes_replaces_the_first() -> None:
    first = raw(sent_at=T0, received_at=T0)
    reset = raw(event_id="x", occurred_at=T0, sent_at=T0, received_at=T0 + 15 * MINUTE)
    assert derived(first, reset)["x"] == T0 + 20 * MINUTE


def test_the_skew_is_not_used_where_no_sent_at_says_whose_clock_it_was() -> None:
    device = raw(occurred_at=T0, sent_at=T0, received_at=T0 + 2 * HOUR)
    server = raw(event_id="x", occurred_at=T0 + HOUR, received_at=T0 + 2 * HOUR)
    assert derived(device, server)["x"] == T0 + HOUR


def test_a_duplicate_does_not_change_the_skew() -> None:
    first = raw(event_id="a", occurred_at=T0, sent_at=T0, received_at=T0)
    again = raw(event_id="a", occurred_at=T0, sent_at=T0, received_at=T0 + 5 * HOUR)
    third = raw(event_id="x", occurred_at=T0, sent_at=T0, received_at=T0 + 10 * MINUTE)
    assert derived(first, again, third)["x"] == T0


@pytest.mark.parametrize(
    ("source", "age"),
    [("pixel", 7 * DAY), ("web", 7 * DAY), ("web:snippet", 7 * DAY), ("server", 365 * DAY)],
)
def test_the_oldest_time_believed_is_inclusive_and_by_source(source: str, age: int) -> None:
    at = raw(event_id="in", source=source, occurred_at=T0 - age, received_at=T0)
    below = raw(event_id="out", source=source, occurred_at=T0 - age - 1, received_at=T0)
    assert derived(at, below) == {"in": T0 - age, "out": T0}


@pytest.mark.parametrize("source", ["load", "load:wiki"])
def test_an_import_is_believed_at_any_age(source: str) -> None:
    assert derived(raw(event_id="x", source=source, occurred_at=1, received_at=T0)) == {"x": 1}


def test_five_minutes_ahead_are_believed_and_a_millisecond_more_is_not() -> None:
    at = raw(event_id="in", occurred_at=T0 + 5 * MINUTE, received_at=T0)
    above = raw(event_id="out", occurred_at=T0 + 5 * MINUTE + 1, received_at=T0)
    found = {it.event_id: it.clamped for it in expected_facts([at, above]).events}
    assert derived(at, above) == {"in": T0 + 5 * MINUTE, "out": T0}
    assert found == {"in": False, "out": True}
