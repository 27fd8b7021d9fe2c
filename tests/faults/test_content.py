"""The records of a run: by its seed alone, with what a stack must bear."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from random import Random

from tests.faults.content import Sent, usual

COUNT = 20_000
T0 = 1_764_000_000_000


def sent(seed: int) -> list[Sent]:
    """What a run of this seed sends."""
    return list(usual(Random(seed), COUNT, lambda number: T0 + number))


def test_a_seed_always_gives_the_same_records() -> None:
    assert sent(3) == sent(3)
    assert sent(3) != sent(4)


def test_one_in_a_hundred_comes_again_at_once_or_much_later() -> None:
    ids = [found.event_id for found in sent(3) if found.event_id]
    again = sum(count - 1 for count in Counter(ids).values())
    at_once = sum(one == other for one, other in pairwise(ids))
    assert 0.005 < again / COUNT < 0.015
    assert 0.3 < at_once / again < 0.7


def test_one_in_a_thousand_is_none() -> None:
    assert 5 < sum(not found.event_id for found in sent(3)) < 40
