"""Sticky partitions on a real group: a rolling restart moves nothing, and old workers may be in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from streams.embedded.stack import Stack
from streams.eventlog.group import members
from streams.settings import Settings
from tests.integration.live import running_worker
from tests.processes import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

WORKERS = 3
PARTITIONS = 5


@pytest.fixture(scope="module")
def stack(broker_jars: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Broker, engine and tables; each test starts its workers."""
    home = tmp_path_factory.mktemp("sticky")
    base = Settings(worker_session_s=8.0)
    with Stack(home, workers=0, collector=False, console=False, base=base) as running:
        yield running
        running.check()


def held(settings: Settings, workers: int) -> dict[str, frozenset[object]]:
    """What each has once so many members share all partitions."""

    def shared() -> bool:
        found.clear()
        found.update({each.name: each.partitions for each in members(settings)})
        return len(found) == workers and sum(map(len, found.values())) == PARTITIONS

    found: dict[str, frozenset[object]] = {}
    wait_until(shared, 40)
    return found


def test_a_rolling_restart_of_three_workers_moves_nothing(stack: Stack) -> None:
    with ExitStack() as running:
        for number in range(WORKERS):
            running.enter_context(running_worker(stack, number))
        before = held(stack.settings, WORKERS)
        for number in range(WORKERS):
            stack.stop(f"worker-{number}")
            running.enter_context(running_worker(stack, number))
            assert held(stack.settings, WORKERS) == before
