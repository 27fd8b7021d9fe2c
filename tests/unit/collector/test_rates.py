"""Rates: a burst passes, then the rate; one sender's flood is no other's."""

import pytest

from streams.collector import rates
from streams.collector.rates import Rate


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def taken(rate: Rate, name: str, times: int) -> int:
    """How many of so many requests passed."""
    return sum(rate.take(name) == 0.0 for _ in range(times))


def test_a_burst_passes_and_what_comes_after_it_does_not(clock: Clock) -> None:
    assert taken(Rate(10, 2, clock), "a", 100) == 20


def test_the_wait_that_is_told_is_long_enough(clock: Clock) -> None:
    rate = Rate(10, 2, clock)
    taken(rate, "a", 100)

    wait_s = rate.take("a")
    clock.now_s += wait_s + 0.001

    assert 0 < wait_s <= 0.1
    assert rate.take("a") == 0.0


def test_time_gives_tokens_back_but_never_more_than_a_burst(clock: Clock) -> None:
    rate = Rate(10, 2, clock)
    taken(rate, "a", 100)

    clock.now_s += 0.5
    assert taken(rate, "a", 100) == 5
    clock.now_s += 1_000
    assert taken(rate, "a", 100) == 20


def test_a_request_larger_than_the_bucket_passes_and_is_paid_for_afterwards(clock: Clock) -> None:
    rate = Rate(10, 2, clock)

    assert rate.take("a", 100) == 0.0
    assert rate.take("a") == pytest.approx(8.05)


def test_a_flood_leaves_the_others_untouched(clock: Clock) -> None:
    rate = Rate(10, 2, clock)
    taken(rate, "flood", 10_000)

    assert taken(rate, "other", 20) == 20


def test_the_number_of_remembered_names_is_fixed(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "REMEMBERED_SENDERS_MAX", 3)
    rate = Rate(10, 2, clock)
    taken(rate, "flood", 100)
    rate.take("b")
    rate.take("c")

    assert rate.take("flood") > 0  # used last of all now
    rate.take("d")
    assert rate.take("flood") > 0
    for name in ("b", "c", "d"):
        rate.take(name)
    assert rate.take("flood") == 0.0  # forgotten
