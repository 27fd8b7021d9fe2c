"""What the scenarios of data send is what they say, and the same for the same seed."""

from __future__ import annotations

from itertools import groupby
from random import Random

import pytest

from streams.codec.interaction import decode
from streams.domain.arrival import DAY_MS
from streams.domain.interaction import Interaction
from streams.domain.outcome import Accepted
from tests.faults.content import Content, Sent
from tests.faults.scenarios.broker import of_one_tenant
from tests.faults.scenarios.data import HOUR_MS, late, of_wrong_clocks, repeated, with_a_burst

COUNT = 4_000
NOW_MS = 1_790_000_000_000


def sent(content: Content, seed: int = 1) -> list[Sent]:
    return list(content(Random(seed), COUNT, lambda number: NOW_MS + number))


def interactions(content: Content) -> list[Interaction]:
    outcomes = [decode(each.key, each.value) for each in sent(content)]
    return [outcome.interaction for outcome in outcomes if isinstance(outcome, Accepted)]


@pytest.mark.parametrize("content", [late, of_one_tenant, of_wrong_clocks, repeated, with_a_burst])
def test_a_seed_sends_so_many_records_and_the_same_ones_each_time(content: Content) -> None:
    assert len(sent(content)) == COUNT
    assert sent(content) == sent(content) != sent(content, seed=2)


def test_a_burst_is_a_tenth_of_all_records_in_a_row_and_nothing_but_poison() -> None:
    runs = groupby(sent(with_a_burst), lambda each: each.event_id == "")
    longest = max(len(list(run)) for is_poison, run in runs if is_poison)
    assert COUNT // 10 <= longest < COUNT // 10 + 5


def test_repeats_come_at_once_shortly_afterwards_and_much_later() -> None:
    ids = [each.event_id for each in sent(repeated)]
    places: dict[str, int] = {}
    distances = []
    for place, event_id in enumerate(ids):
        if event_id in places:
            distances.append(place - places[event_id])
        places[event_id] = place
    assert len(distances) > COUNT / 4
    assert min(distances) == 1
    assert max(distances) > COUNT / 2


def test_late_ones_are_up_to_90_days_old_and_of_every_order_of_magnitude() -> None:
    ages_ms = [each.received_at - each.occurred_at for each in interactions(late)]
    assert 80 * DAY_MS < max(ages_ms) <= 90 * DAY_MS
    assert all(any(10**n <= age < 10 ** (n + 1) for age in ages_ms) for n in range(9))


def test_wrong_clocks_are_a_day_fast_or_slow_or_an_hour_ahead() -> None:
    found = interactions(of_wrong_clocks)
    skews = {round((each.occurred_at - each.received_at) / HOUR_MS) for each in found}
    assert skews == {-24, 0, 1, 24}
    assert {each.sent_at is None for each in found} == {True, False}


def test_a_flood_is_one_tenants() -> None:
    assert len({each.tenant for each in interactions(of_one_tenant)}) == 1
