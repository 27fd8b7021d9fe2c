"""The writer: the same rows under the same token until they are acknowledged."""

from __future__ import annotations

import asyncio
import logging

import pytest
from clickhouse_driver.errors import NetworkError, ServerException

from streams.ports.facts import InsertBatch
from streams.settings import Settings
from streams.warehouse.retries import Retries
from streams.warehouse.writer import Writer
from tests.fakes.clickhouse import FakeClickHouse, Insert
from tests.loops import on_a_loop

EVENTS = InsertBatch("events", {"tenant": ["acme", "zoo"], "offset": [1, 2]})
SESSIONS = InsertBatch("sessions", {"sign": (1,)})
NOTHING = InsertBatch("journeys", {})


def sent(connection: int, token: str = "1:interactions:0:1-3") -> Insert:
    """EVENTS as they reach the server over this connection."""
    statement = "INSERT INTO events (`tenant`, `offset`) VALUES"
    return Insert(connection, statement, (("acme", "zoo"), (1, 2)), token)


def writer_to(server: FakeClickHouse) -> Writer:
    return Writer(Settings(), server.connect)


@on_a_loop
async def test_every_insert_is_one_statement_in_order_under_the_token() -> None:
    server = FakeClickHouse()
    assert await writer_to(server).write([EVENTS, SESSIONS], "1:interactions:0:1-3")
    assert server.inserts == [
        sent(1),
        Insert(1, "INSERT INTO sessions (`sign`) VALUES", ((1,),), "1:interactions:0:1-3"),
    ]


@on_a_loop
async def test_a_table_without_rows_is_left_alone() -> None:
    server = FakeClickHouse()
    assert await writer_to(server).write([NOTHING], "t")
    assert (server.inserts, server.connections) == ([], 0)


@on_a_loop
async def test_an_insert_is_deduplicated_in_the_table_and_behind_its_views() -> None:
    server = FakeClickHouse()
    await writer_to(server).write([EVENTS], "t")
    assert server.settings == {
        "async_insert": 0,
        "insert_deduplicate": 1,
        "deduplicate_insert": "enable",
        "deduplicate_blocks_in_dependent_materialized_views": 1,
        "insert_deduplication_token": "t",
        "optimize_on_insert": 0,
        "max_insert_threads": 1,
        "max_threads": 1,
        "max_partitions_per_insert_block": 0,
    }


@on_a_loop
async def test_one_connection_serves_one_write_after_the_other() -> None:
    server = FakeClickHouse()
    writer = writer_to(server)
    assert await writer.write([EVENTS], "t1")
    assert await writer.write([EVENTS], "t2")
    assert server.inserts == [sent(1, "t1"), sent(1, "t2")]


@pytest.mark.parametrize(
    "error",
    [
        ServerException("Too many parts", code=252),
        NetworkError("reset by peer"),
        ConnectionResetError("reset"),
        TimeoutError("timed out"),
        EOFError(),
    ],
    ids=lambda error: type(error).__name__,
)
@on_a_loop
async def test_after_an_error_the_same_rows_go_out_again_over_another_connection(
    error: Exception,
) -> None:
    server = FakeClickHouse([error, error])
    assert await writer_to(server).write([EVENTS], "1:interactions:0:1-3")
    assert server.inserts == [sent(1), sent(2), sent(3)]
    assert server.disconnections == 2


@on_a_loop
async def test_what_was_acknowledged_before_an_error_is_not_sent_again() -> None:
    server = FakeClickHouse([None, EOFError()])
    assert await writer_to(server).write([EVENTS, SESSIONS], "t")
    assert [each.statement.split()[2] for each in server.inserts] == [
        "events",
        "sessions",
        "sessions",
    ]


@on_a_loop
async def test_a_server_that_cannot_be_reached_is_tried_again() -> None:
    server = FakeClickHouse()
    attempts = []

    def connect(settings: Settings) -> object:
        attempts.append(settings.clickhouse_port)
        if len(attempts) == 1:
            raise ConnectionRefusedError
        return server.connect(settings)

    assert await Writer(Settings(clickhouse_port=7), connect).write([EVENTS], "t")
    assert attempts == [7, 7]


@on_a_loop
async def test_a_writer_that_is_told_to_give_up_stops_while_it_waits() -> None:
    server = FakeClickHouse(away=True)
    writer = writer_to(server)
    writing = asyncio.create_task(writer.write([EVENTS, SESSIONS], "t"))
    await asyncio.to_thread(server.asked.wait, 10)
    writer.give_up()
    async with asyncio.timeout(1):
        assert await writing is False
    assert {each.statement.split()[2] for each in server.inserts} == {"events"}


@on_a_loop
async def test_an_error_is_told_in_one_line_without_the_rows(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = FakeClickHouse([ServerException("Memory limit exceeded\nStack trace: ...", code=241)])
    with caplog.at_level(logging.WARNING, "streams.warehouse.writer"):
        await writer_to(server).write([EVENTS], "t")
    (message,) = caplog.messages
    assert message.startswith("insert t into events: ")
    assert "acme" not in message
    assert "\n" not in message


@on_a_loop
async def test_an_insert_that_is_repeated_is_told_until_it_is_acknowledged() -> None:
    retries, found = Retries(), []

    class Server(FakeClickHouse):
        def insert(self, insert: Insert, settings: dict[str, object]) -> None:
            found.append(retries.longest())
            super().insert(insert, settings)

    server = Server([NetworkError("refused")])
    assert await Writer(Settings(), server.connect, retries).write([EVENTS], "t")
    assert [each and each.why for each in (*found, retries.longest())] == [
        None,
        "Code: 210. refused",
        None,
    ]


@on_a_loop
async def test_a_writer_that_gave_up_repeats_nothing() -> None:
    server, retries = FakeClickHouse(away=True), Retries()
    writer = Writer(Settings(), server.connect, retries)
    writing = asyncio.create_task(writer.write([EVENTS], "t"))
    await asyncio.to_thread(server.asked.wait, 10)
    writer.give_up()
    assert not await writing
    assert retries.longest() is None
