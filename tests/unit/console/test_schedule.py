"""Which queries are due, and when."""

from streams.console.schedule import CALM_S, IDLE_S, QUICK_S, SETTLE_S, Schedule


def asked_at_zero() -> Schedule:
    """A schedule that has asked everything, in a campaign where nothing happened."""
    schedule = Schedule()
    assert schedule.quick_is_due(0.0)
    assert schedule.calm_is_due(0.0)
    return schedule


def test_while_nothing_happens_nothing_is_due() -> None:
    schedule = asked_at_zero()

    assert not schedule.quick_is_due(QUICK_S - 0.1)
    assert not schedule.calm_is_due(IDLE_S - 0.1)


def test_without_a_change_everything_is_asked_now_and_then() -> None:
    schedule = asked_at_zero()

    assert schedule.quick_is_due(QUICK_S)
    assert schedule.calm_is_due(IDLE_S)


def test_a_new_event_makes_the_quick_ones_due_at_once() -> None:
    schedule = asked_at_zero()
    schedule.saw(1, 1.0)

    assert schedule.quick_is_due(1.0)


def test_after_a_change_the_quick_ones_stay_due_until_it_has_settled() -> None:
    schedule = asked_at_zero()
    schedule.saw(1, 1.0)

    assert schedule.quick_is_due(1.0 + SETTLE_S)
    assert not schedule.quick_is_due(1.1 + SETTLE_S)


def test_the_same_event_again_is_no_change() -> None:
    schedule = asked_at_zero()
    schedule.saw(1, 0.0)
    schedule.saw(1, SETTLE_S + 1)

    assert not schedule.quick_is_due(SETTLE_S + 1)


def test_the_calm_ones_follow_a_change_at_their_own_pace() -> None:
    schedule = asked_at_zero()
    schedule.saw(1, 1.0)

    assert not schedule.calm_is_due(CALM_S - 0.1)
    assert schedule.calm_is_due(CALM_S)
    settled_s = 1.1 + SETTLE_S
    assert schedule.calm_is_due(settled_s)
    assert not schedule.calm_is_due(settled_s + CALM_S)
