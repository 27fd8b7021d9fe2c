"""Data: poison, repeats near and far, clocks that are wrong, and what comes late."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Final

import msgspec

from streams.domain.arrival import DAY_MS
from streams.domain.interaction import Interaction
from tests.faults.content import PER_VISITOR, Sent, interaction, poison, record, remember, usual
from tests.faults.registry import scenario
from tests.faults.run import Run

HOUR_MS: Final = 3_600_000
BURST: Final = 0.1  # of all records, in a row
SECOND_TIMES: Final = 0.3

Received = Callable[[int], int]


def with_a_burst(random: Random, count: int, received_ms: Received) -> Iterator[Sent]:
    """The usual, and in the midst of it nothing but poison."""
    burst = int(BURST * count)
    for number, found in enumerate(usual(random, count - burst, received_ms)):
        if number == count // 2:
            yield from (poison(random, count) for _ in range(burst))
        yield found


def repeated(random: Random, count: int, received_ms: Received) -> Iterator[Sent]:
    """A third are repeats: of the one before, of one shortly before, or of any so far."""
    memory: list[Interaction] = []
    for number in range(count):
        at_ms = received_ms(number)
        if memory and random.random() < SECOND_TIMES:
            known = random.choice((memory[-1], random.choice(memory[-100:]), random.choice(memory)))
            yield record(msgspec.structs.replace(known, received_at=at_ms))
        else:
            found = interaction(random, random.randrange(count // PER_VISITOR + 1), at_ms)
            remember(memory, found, random)
            yield record(found)


def late(random: Random, count: int, received_ms: Received) -> Iterator[Sent]:
    """Half of them happened up to 90 days ago, evenly on a logarithmic scale."""
    for number in range(count):
        at_ms = received_ms(number)
        age_ms = int((90 * DAY_MS) ** random.random()) if random.random() < 0.5 else 0
        visitor = random.randrange(count // PER_VISITOR + 1)
        yield record(interaction(random, visitor, at_ms, occurred_at=at_ms - age_ms))


def of_wrong_clocks(random: Random, count: int, received_ms: Received) -> Iterator[Sent]:
    """Devices a day fast or slow, with or without saying so, and an hour in the future."""
    for number in range(count):
        at_ms = received_ms(number)
        visitor = random.randrange(count // PER_VISITOR + 1)
        skew_ms = (0, DAY_MS, -DAY_MS, HOUR_MS)[visitor % 4]
        told_ms = at_ms + skew_ms - random.randrange(2_000)
        fields = {"occurred_at": told_ms - random.randrange(60_000), "sent_at": told_ms}
        if visitor % 3 == 0:
            fields["sent_at"] = None
        yield record(interaction(random, visitor, at_ms, **fields))


@scenario(content=with_a_burst)
def poison_burst(run: Run) -> None:
    """One record in a thousand is poison, and for a while every one; a worker is killed then."""
    worker_that_is_killed(run)


@scenario(content=repeated)
def repeats(run: Run) -> None:
    """What comes again counts once, also after the worker was killed or stopped in between."""
    worker_that_is_killed(run)
    run.pause(2, 4)
    run.stop()
    run.start_worker()


@scenario(content=late)
def late_by_days(run: Run) -> None:
    """Up to 90 days late."""
    worker_that_is_killed(run)


@scenario(content=of_wrong_clocks)
def wrong_clocks(run: Run) -> None:
    """A day fast, a day slow, an hour in the future."""
    worker_that_is_killed(run)


def worker_that_is_killed(run: Run) -> None:
    """One worker, killed once somewhere in the midst."""
    run.start_worker()
    run.pause(5, 12)
    run.kill()
    run.start_worker()
