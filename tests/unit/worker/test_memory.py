"""Memory: the estimate is what Python takes, and who is asked for stays."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from random import Random

import pytest

from streams.domain.fold import fold
from streams.domain.visitor import Visitor
from streams.worker.memory import Hot, Memory
from streams.worker.store import _decode, _encode
from tests.builders import HOUR, LIMITS, T0, interaction, stamped

MB = 1 << 20


def visitors_of(count: int, visits: int) -> dict[int, Visitor]:
    """So many visitors with so many sessions each, and a journey."""
    found = [
        interaction(f"e{turn}", visitor=f"v{number}", at=T0 + turn * HOUR)
        for turn in range(visits)
        for number in range(count)
    ]
    visitors: dict[int, Visitor] = {}
    fold(stamped(found).steps, visitors, LIMITS)
    return visitors


def copied(visitors: dict[int, Visitor], into: dict[int, Visitor]) -> None:
    """As they are when they were read from a file: nothing of them is shared."""
    for key, visitor in visitors.items():
        into[int.from_bytes(key.to_bytes(8, "big"), "big")] = _decode(_encode(visitor))


@pytest.mark.parametrize("visits", [1, 3, 20])
def test_the_estimate_is_what_python_takes(visits: int) -> None:
    visitors = visitors_of(4_000, visits)
    hot = Hot(Memory(), whole=True)
    tracemalloc.start()
    copied(visitors, hot.young)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    hot.weigh(hot.young)
    assert hot._bytes() == pytest.approx(taken, rel=0.2)


def test_who_is_asked_for_stays_and_who_is_not_is_forgotten() -> None:
    hot = Hot(Memory(), whole=False)
    hot.admit({1: Visitor(), 2: Visitor()})
    hot.turn()
    assert hot.call([1]) == []
    hot.turn()
    assert sorted(hot.call([1, 2])) == [2]


def test_nobody_is_looked_for_in_files_that_hold_nobody_else() -> None:
    hot = Hot(Memory(), whole=True)
    hot.admit({1: Visitor()})
    assert hot.call([1, 2]) == []
    hot.turn()
    assert hot.call([1, 2]) == []
    hot.admit({3: Visitor()})
    hot.turn()
    hot.turn()
    assert hot.call([3]) == [3]


def test_the_stores_of_a_process_share_what_it_may_take() -> None:
    memory = Memory(400)
    assert memory.share_bytes == 300 * MB
    memory.enter(Path("a"))
    memory.enter(Path("b"))
    assert memory.share_bytes == 150 * MB
    memory.leave(Path("a"))
    assert memory.share_bytes == 300 * MB


def test_a_generation_is_full_when_it_has_half_the_share() -> None:
    memory, random = Memory(4), Random(5)
    hot = Hot(memory, whole=True)
    count = 0
    while not hot.full:
        hot.admit({random.getrandbits(64): Visitor(ring=bytes(800)) for _ in range(50)})
        count += 50
    assert count * 1_000 == pytest.approx(memory.share_bytes / 2, rel=0.3)
