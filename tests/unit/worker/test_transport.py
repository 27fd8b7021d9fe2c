"""The transport: one event per fetched batch, and nothing but a lane acknowledges."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping

import pytest
from faust.types import TP

from streams.worker.transport import BatchMessage, BatchSchema, Consumer
from tests.builders import T0
from tests.loops import on_a_loop
from tests.unit.worker.running import log_of

PARTITION = TP("interactions", 2)


class Event:
    """What Faust would hand to an agent."""

    def __init__(self, key: object, value: object, headers: object, message: object) -> None:
        self.key, self.value, self.headers, self.message = key, value, headers, message


class App:
    """As much of Faust's app as a schema asks for."""

    create_event = Event


def test_a_batch_is_one_message_that_stands_for_its_last_record() -> None:
    records = log_of(3, 6)
    message = BatchMessage(PARTITION, records, generation=4)
    assert message.value is records
    assert (message.tp, message.offset, message.timestamp, message.generation_id) == (
        PARTITION,
        5,
        T0 / 1000,
        4,
    )


def test_faust_does_not_wait_for_a_batch_to_be_acknowledged() -> None:
    assert BatchMessage(PARTITION, log_of(3, 6), generation=4).tracked


@on_a_loop
async def test_the_schema_leaves_the_records_as_they_are() -> None:
    message = BatchMessage(PARTITION, log_of(3, 6), generation=4)
    event = await BatchSchema().compile(App())(message)
    assert event.value is message.value
    assert event.message is message


@on_a_loop
async def test_what_faust_would_commit_by_itself_is_never_committed() -> None:
    consumer = object.__new__(Consumer)
    assert consumer.ack(object()) is False
    assert consumer._new_offset(PARTITION) is None
    with pytest.raises(AssertionError, match="only lanes commit"):
        await consumer._commit({PARTITION: 5})


class LateLanes:
    """They may open at the third try."""

    tries = 0

    async def open(self) -> Mapping[TP, int] | None:
        """Where they read on, at last."""
        self.tries += 1
        return {PARTITION: 7} if self.tries > 2 else None


class Seeks:
    """Where the consumer was sent to."""

    def __init__(self) -> None:
        self.sought: list[Mapping[TP, int]] = []

    async def seek_here(self, positions: Mapping[TP, int]) -> None:
        """Noted."""
        self.sought.append(positions)

    async def run_here(self, coroutine: Awaitable[None]) -> None:
        """This is the thread."""
        await coroutine


class Waiting(Consumer):
    """A consumer without Faust's service around it."""

    should_stop = False

    def __init__(self) -> None:
        self.lanes, self._thread = LateLanes(), Seeks()
        self.later: list[Awaitable[None]] = []
        self.pauses: list[float] = []

    def add_future(self, coroutine: Awaitable[None]) -> None:
        """Run by the test."""
        self.later.append(coroutine)

    async def sleep(self, pause_s: float) -> None:
        """At once."""
        self.pauses.append(pause_s)


@on_a_loop
async def test_lanes_that_may_not_open_yet_are_opened_later() -> None:
    consumer = Waiting()
    assert await consumer.seek_to_committed() == {}
    assert consumer._thread.sought == []
    for later in consumer.later:
        await later
    assert consumer._thread.sought == [{PARTITION: 7}]
    assert consumer.pauses == [1.0, 2.0]
