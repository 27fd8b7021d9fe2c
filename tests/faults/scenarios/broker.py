"""Broker: killed, frozen, and flooded by one of its tenants."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from random import Random

from tests.faults.content import TENANTS, Sent, interaction, record
from tests.faults.registry import add, scenario
from tests.faults.run import Run

FLOOD = 2.0  # times all that the others send, at once


@scenario()
def broker_killed(run: Run) -> None:
    """Twice; it comes back with its log."""
    run.start_worker()
    for _ in range(2):
        run.pause(3, 5)
        run.stack.kill("kafka")
        run.fault()
        run.pause(0, 1)
        run.stack.start_broker()


def frozen(seconds: float, run: Run) -> None:
    """The broker's connections are open, and nobody is there."""
    run.start_worker()
    run.pause(3, 5)
    os.kill(run.stack.pids["kafka"], signal.SIGSTOP)
    run.fault()
    time.sleep(seconds)
    os.kill(run.stack.pids["kafka"], signal.SIGCONT)


add("broker-frozen", partial(frozen, 8))
add("broker-frozen-long", partial(frozen, 30), quick=False)


def of_one_tenant(random: Random, count: int, received_ms: Callable[[int], int]) -> Iterator[Sent]:
    """Visits of many visitors of the first tenant."""
    for number in range(count):
        visitor = len(TENANTS) * random.randrange(count // 2)
        yield record(interaction(random, visitor, received_ms(number)))


@scenario()
def tenant_flood(run: Run) -> None:
    """One tenant sends as fast as the broker takes it; the others go on."""
    run.start_worker()
    run.pause(2, 4)
    run.fault()
    run.traffic(of_one_tenant, int(FLOOD * run.events), 0)
