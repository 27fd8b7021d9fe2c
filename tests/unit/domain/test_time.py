"""Time: when an interaction happened, by the sender's clock, its skew and what is believed."""

from __future__ import annotations

import pytest

from tests.builders import DAY, MINUTE, T0, interaction
from tests.unit.domain.standing import Happened, happened

STEP = 10 * MINUTE
YEAR = 365 * DAY


def skewed(event_id: str, skew: int, received: int = 0, **given: int) -> object:
    """Sent at once by a device whose clock is behind by `skew`."""
    at = T0 + received
    return interaction(event_id, occurred_at=at - skew, sent_at=at - skew, received_at=at, **given)


def test_without_a_time_of_sending_the_senders_clock_is_believed() -> None:
    found = interaction("e1", occurred_at=T0 - MINUTE, received_at=T0)
    assert happened([found]) == {"e1": Happened(T0 - MINUTE)}


def test_a_clock_that_is_wrong_by_hours_is_put_right_in_steps_of_ten_minutes() -> None:
    found = interaction("e1", occurred_at=T0 - 3 * DAY, sent_at=T0 - 2 * DAY, received_at=T0)
    assert happened([found]) == {"e1": Happened(T0 - DAY)}


@pytest.mark.parametrize(
    ("late", "corrected_by"),
    [
        (5 * MINUTE - 1, 0),
        (5 * MINUTE, STEP),
        (15 * MINUTE - 1, STEP),
        (15 * MINUTE, 2 * STEP),
        (-5 * MINUTE, 0),
        (-5 * MINUTE - 1, -STEP),
    ],
)
def test_the_skew_is_rounded_to_ten_minutes_half_upwards(late: int, corrected_by: int) -> None:
    at = T0 - DAY
    found = interaction("e1", occurred_at=at, sent_at=T0 - late, received_at=T0)
    assert happened([found]) == {"e1": Happened(at + corrected_by)}


def test_the_first_skew_of_a_device_sticks_while_later_ones_differ_by_one_step() -> None:
    found = [skewed("e1", 3 * STEP), skewed("e2", 4 * STEP, DAY), skewed("e3", 2 * STEP, 2 * DAY)]
    assert happened(found) == {
        "e1": Happened(T0),
        "e2": Happened(T0 + DAY - STEP),
        "e3": Happened(T0 + 2 * DAY + STEP, clamped=True)._replace(derived_at=T0 + 2 * DAY),
    }


def test_a_skew_that_differs_by_more_than_one_step_is_a_clock_that_was_set() -> None:
    found = [skewed("e1", 0), skewed("e2", 2 * STEP, DAY), skewed("e3", STEP, 2 * DAY)]
    assert happened(found) == {
        "e1": Happened(T0),
        "e2": Happened(T0 + DAY),
        "e3": Happened(T0 + 2 * DAY, clamped=True),
    }


def test_a_skew_corrects_only_what_tells_its_time_of_sending() -> None:
    untold = interaction("e2", occurred_at=T0 - 7 * STEP, received_at=T0)
    assert happened([skewed("e1", 6 * STEP), untold]) == {
        "e1": Happened(T0),
        "e2": Happened(T0 - 7 * STEP),
    }


def test_a_duplicate_sets_no_skew() -> None:
    found = [skewed("e1", 0), skewed("e1", 6 * STEP), skewed("e2", STEP - 1, DAY)]
    assert happened(found)["e2"] == Happened(T0 + DAY - STEP + 1)


@pytest.mark.parametrize(("ahead", "clamped"), [(5 * MINUTE, False), (5 * MINUTE + 1, True)])
def test_nobody_is_believed_about_more_than_five_minutes_ahead(ahead: int, clamped: bool) -> None:
    found = interaction("e1", source="load", occurred_at=T0 + ahead, received_at=T0)
    assert happened([found]) == {"e1": Happened(T0 if clamped else T0 + ahead, clamped)}


@pytest.mark.parametrize("source", ["web", "pixel", "web:form"])
@pytest.mark.parametrize(("age", "clamped"), [(7 * DAY, False), (7 * DAY + 1, True)])
def test_a_public_source_is_believed_for_a_week(source: str, age: int, clamped: bool) -> None:
    found = interaction("e1", source=source, occurred_at=T0 - age, received_at=T0)
    assert happened([found]) == {"e1": Happened(T0 if clamped else T0 - age, clamped)}


@pytest.mark.parametrize("source", ["server", "webhook:standard", "website", "loader"])
@pytest.mark.parametrize(("age", "clamped"), [(YEAR, False), (YEAR + 1, True)])
def test_a_trusted_source_is_believed_for_a_year(source: str, age: int, clamped: bool) -> None:
    found = interaction("e1", source=source, occurred_at=T0 - age, received_at=T0)
    assert happened([found]) == {"e1": Happened(T0 if clamped else T0 - age, clamped)}


@pytest.mark.parametrize("source", ["load", "load:wiki"])
def test_an_import_is_believed_for_any_age(source: str) -> None:
    found = interaction("e1", source=source, occurred_at=1, received_at=T0)
    assert happened([found]) == {"e1": Happened(1)}


@pytest.mark.parametrize("source", ["web", "server", "load"])
def test_nothing_happened_before_1970_however_wrong_the_clock(source: str) -> None:
    found = interaction("e1", source=source, occurred_at=1, sent_at=3 * STEP, received_at=5)
    assert happened([found]) == {"e1": Happened(5, clamped=True)}
