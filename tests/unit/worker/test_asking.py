"""Asking: what is made of the answers of Kafka and ClickHouse."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from aiokafka.errors import KafkaConnectionError
from clickhouse_driver.errors import NetworkError
from faust.types import TP

from streams.warehouse.retries import Retries
from streams.worker.asking import ask, ask_log, stuck
from streams.worker.lane import Lane
from streams.worker.signs import Sign, Signs, Standing
from tests.loops import on_a_loop
from tests.unit.worker.running import LaneOnFakes

ZERO = TP("interactions", 0)
IDLE = Standing(end=5, position=3, settled=3)


class Log:
    """Lanes that hold partition 0 with all below 3 settled, and a log that ends at `end`."""

    ready = True

    def __init__(self, end: int | Exception) -> None:
        self._end = end
        self._lane = LaneOnFakes(stored=3).lane
        self._lane.settled = 3
        self.read: list[TP] = []
        self.asked = asyncio.Event()

    def held(self) -> dict[TP, Lane]:
        """The one lane."""
        return {ZERO: self._lane}

    async def ends(self) -> dict[TP, int]:
        """The end, or an error."""
        self.asked.set()
        if isinstance(self._end, Exception):
            raise self._end
        return {ZERO: self._end}

    def read_again(self, tp: TP) -> None:
        """Noted."""
        self.read.append(tp)


async def once(log: Log, signs: Signs) -> list[str]:
    """Ask once; what was told of a log that is too short."""
    told: list[str] = []
    asking = asyncio.create_task(ask_log(log, signs, told.append))
    await log.asked.wait()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
    return told


@on_a_loop
async def test_an_answer_is_a_sign_and_says_where_each_partition_stands() -> None:
    log, signs = Log(5), Signs(0.0, Retries())
    assert await once(log, signs) == []
    assert signs.kafka.well_s is not None
    assert signs.standings == {ZERO: IDLE}
    assert log.read == []


@on_a_loop
async def test_no_answer_is_no_sign_and_tells_why() -> None:
    signs = Signs(0.0, Retries())
    assert await once(Log(KafkaConnectionError()), signs) == []
    assert signs.kafka.troubles(9.0)[0].why == "does not answer (KafkaConnectionError)"


@on_a_loop
async def test_a_log_that_ends_before_what_is_settled_is_told() -> None:
    (told,) = await once(Log(2), Signs(0.0, Retries()))
    assert told.startswith("interactions[0]: expected a log that reaches offset 3")


@on_a_loop
async def test_a_partition_that_brings_nothing_between_two_answers_is_read_again() -> None:
    log, signs = Log(6), Signs(0.0, Retries())
    signs.standings = {ZERO: IDLE}
    await once(log, signs)
    assert log.read == [ZERO]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (IDLE, IDLE._replace(position=4)),  # a record came, and is not settled yet
        (IDLE, IDLE._replace(position=4, settled=4)),
        (IDLE._replace(end=3), IDLE),  # records came just now
        (IDLE._replace(settled=1), IDLE._replace(settled=1)),  # it is at work
        (IDLE._replace(end=3), IDLE._replace(end=3)),
    ],
)
def test_what_moves_or_has_nothing_to_read_is_not_stuck(before: Standing, now: Standing) -> None:
    assert stuck({ZERO: before}, {ZERO: now}) == []
    assert stuck({}, {ZERO: now}) == []


class Client:
    """ClickHouse, there or not."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error
        self.disconnects = 0

    def execute(self, query: str) -> list[tuple[int]]:
        """1, or the error."""
        if self._error:
            raise self._error
        return [(1,)]

    def disconnect(self) -> None:
        """Noted."""
        self.disconnects += 1


def test_clickhouse_answers() -> None:
    client, sign = Client(), Sign("ClickHouse", 10.0, 0.0)
    ask(client, sign)
    assert sign.well_s is not None
    assert client.disconnects == 0


def test_clickhouse_that_does_not_answer_is_connected_to_anew() -> None:
    client, sign = Client(NetworkError("refused")), Sign("ClickHouse", 10.0, 0.0)
    ask(client, sign)
    assert sign.well_s is None
    assert "refused" in sign.troubles(1.0)[0].why
    assert client.disconnects == 1
