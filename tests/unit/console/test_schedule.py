"""Which queries are due, and when."""

from streams.console.schedule import CALM_S, IDLE_S, QUICK_S, SETTLE_S, Schedule
from streams.console.view import CALM, QUICK

EVERYTHING = QUICK + CALM


def asked_at_zero() -> Schedule:
    """A schedule that has asked everything, long after the newest event."""
    schedule = Schedule()
    schedule.due(None, 0.0)
    return schedule


def test_at_first_everything_is_due() -> None:
    assert Schedule().due(None, 0.0) == EVERYTHING


def test_while_nothing_happens_nothing_is_due() -> None:
    assert asked_at_zero().due(None, QUICK_S - 0.1) == ()


def test_a_new_event_makes_the_quick_ones_due_at_once() -> None:
    assert asked_at_zero().due(1, 1.0) == QUICK


def test_after_a_change_the_quick_ones_stay_due_until_it_has_settled() -> None:
    schedule = asked_at_zero()
    schedule.due(1, 1.0)

    assert schedule.due(1, 1.0 + SETTLE_S) == QUICK
    assert schedule.due(1, 1.1 + SETTLE_S) == ()


def test_the_calm_ones_follow_a_change_at_their_own_pace() -> None:
    schedule = asked_at_zero()
    schedule.due(1, 1.0)

    assert schedule.due(1, CALM_S) == CALM


def test_without_a_change_everything_is_asked_now_and_then() -> None:
    schedule = asked_at_zero()
    schedule.due(None, CALM_S + SETTLE_S)
    schedule.due(None, IDLE_S - 1)

    assert schedule.due(None, CALM_S + IDLE_S + SETTLE_S) == EVERYTHING
