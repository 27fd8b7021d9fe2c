"""Sticky partitions on a real group: what a restart, a departure and an upgrade move."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from streams.embedded.stack import Stack
from streams.eventlog.group import members
from streams.settings import Settings
from streams.topics import INTERACTIONS, REJECTIONS
from tests.integration.live import running_worker
from tests.processes import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

PARTITIONS = 5
LONG = Settings(worker_session_s=60.0)  # longer than anything waits here
Held = dict[str, frozenset[object]]


@pytest.fixture(scope="module")
def stack(broker_jars: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Broker, engine and tables; each test starts its workers."""
    home = tmp_path_factory.mktemp("sticky")
    with Stack(home, workers=0, collector=False, console=False, base=LONG) as running:
        yield running
        running.check()


def held(settings: Settings, workers: int) -> Held:
    """What each has once so many members share all partitions."""
    found: Held = {}

    def shared() -> bool:
        found.clear()
        found.update({each.name: each.partitions for each in members(settings)})
        return len(found) == workers and sum(map(len, found.values())) == PARTITIONS

    wait_until(shared, 50)
    return found


@contextmanager
def worker_of_an_older_version(settings: Settings) -> Iterator[None]:
    """A member without a name, that shares out as aiokafka does."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def there(coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(30)

    async def join() -> Any:
        consumer = AIOKafkaConsumer(
            INTERACTIONS,
            REJECTIONS,
            bootstrap_servers=settings.kafka_bootstrap,
            group_id=settings.kafka_group,
            enable_auto_commit=False,
            heartbeat_interval_ms=500,
        )
        await consumer.start()
        return consumer

    consumer = there(join())
    try:
        yield
    finally:
        there(consumer.stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_workers_come_into_a_group_of_an_older_version_and_are_left_alone_in_it(
    stack: Stack,
) -> None:
    settings = stack.settings
    with running_worker(stack, 0, worker_leaves=True):
        with worker_of_an_older_version(settings):
            held(settings, 2)
            with running_worker(stack, 1, worker_leaves=True):
                assert sorted(map(len, held(settings, 3).values())) == [1, 2, 2]
        assert held(settings, 1).keys() == {"worker-0"}


def test_a_rolling_restart_moves_nothing_and_who_leaves_gets_its_own_when_it_is_back(
    stack: Stack,
) -> None:
    settings = stack.settings
    with ExitStack() as running:
        for number in range(3):
            running.enter_context(running_worker(stack, number, worker_leaves=number == 2))
        before = held(settings, 3)
        for number in range(2):
            stack.stop(f"worker-{number}")
            stack.start_worker(number)
            assert held(settings, 3) == before
        stack.stop("worker-2")
        without = held(settings, 2)
        assert all(before[name] <= without[name] for name in without)
        stack.start_worker(2)
        assert held(settings, 3) == before
