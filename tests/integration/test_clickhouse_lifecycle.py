"""Lifecycle: data outlives the process however it ends, and one process at a time owns it."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import ErrorCodes, ServerException

from tests.integration.clickhouse_endpoint import Endpoint, eventually, refuses_to_start

pytestmark = pytest.mark.integration

WINDOW = "SETTINGS non_replicated_deduplication_window = 100"
AUTHENTICATION_FAILED = 516
TOKEN = {
    "insert_deduplication_token": "once",
    "deduplicate_blocks_in_dependent_materialized_views": 1,
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def endpoint(data: Path) -> Iterator[Endpoint]:
    running = Endpoint(data)
    yield running
    if running.process.poll() is None:
        running.kill()


def fill(client: Client) -> None:
    client.execute(f"CREATE TABLE kept (a UInt32) ENGINE = MergeTree ORDER BY a {WINDOW}")
    client.execute(
        f"CREATE TABLE counts (n UInt64) ENGINE = SummingMergeTree ORDER BY tuple() {WINDOW}"
    )
    client.execute("CREATE MATERIALIZED VIEW counting TO counts AS SELECT count() AS n FROM kept")
    insert(client)


def insert(client: Client) -> None:
    client.execute("INSERT INTO kept VALUES", [(row,) for row in range(1000)], settings=TOKEN)


def counts(client: Client) -> tuple[int, int]:
    ((rows,),) = client.execute("SELECT count() FROM kept")
    ((counted,),) = client.execute("SELECT sum(n) FROM counts")
    return rows, counted


def test_a_stopped_endpoint_ends_with_zero_and_its_data_stays(
    endpoint: Endpoint, data: Path
) -> None:
    fill(endpoint.client())

    assert endpoint.stop() == 0

    again = Endpoint(data)
    assert counts(again.client()) == (1000, 1000)
    assert again.stop() == 0


def test_a_killed_endpoint_keeps_rows_and_tokens(endpoint: Endpoint, data: Path) -> None:
    fill(endpoint.client())

    endpoint.kill()

    again = Endpoint(data)
    client = again.client()
    insert(client)
    assert counts(client) == (1000, 1000)
    again.stop()


def test_a_running_query_may_end_before_the_endpoint_does(endpoint: Endpoint) -> None:
    slow = "SELECT sum(sleepEachRow(0.1)) FROM numbers(10) SETTINGS max_block_size = 1"
    watching = endpoint.client()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(endpoint.client().execute, slow)
        running = "SELECT count() FROM system.processes WHERE query LIKE '%%sleepEachRow%%'"
        assert eventually(lambda: watching.execute(running)[0][0] > 1)

        assert endpoint.stop() == 0

        assert answer.result(5) == [(0,)]


def test_a_second_process_on_the_same_folder_is_refused(endpoint: Endpoint, data: Path) -> None:
    code, error = refuses_to_start(data)

    assert code == 2
    assert error.count("\n") == 1
    assert str(data) in error and f"process {endpoint.process.pid}" in error
    assert endpoint.client().execute("SELECT 1") == [(1,)]


def test_a_path_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    code, error = refuses_to_start(tmp_path / "file")

    assert (code, error.count("\n")) == (2, 1)
    assert str(tmp_path / "file") in error


def test_a_taken_port_is_refused(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        code, error = refuses_to_start(data, "--port", str(port))

    assert (code, error.count("\n")) == (2, 1)
    assert f"127.0.0.1:{port}" in error and "in use" in error
    assert not data.exists()


def test_only_the_account_with_its_password_may_connect(data: Path) -> None:
    endpoint = Endpoint(data, "--user", "loader", "--password", "secret")

    assert endpoint.client(user="loader", password="secret").execute("SELECT 1") == [(1,)]
    for user, password in (("loader", ""), ("loader", "no"), ("default", "secret")):
        with pytest.raises(ServerException) as refused:
            endpoint.client(user=user, password=password).execute("SELECT 1")
        assert refused.value.code == AUTHENTICATION_FAILED
    endpoint.stop()


def test_an_unknown_database_is_refused_at_once(endpoint: Endpoint) -> None:
    with pytest.raises(ServerException) as refused:
        endpoint.client(database="no_such_database").execute("SELECT 1")

    assert refused.value.code == ErrorCodes.UNKNOWN_DATABASE


def test_bytes_that_are_no_protocol_end_their_connection_only(endpoint: Endpoint) -> None:
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=10) as stray:
        stray.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert stray.recv(1000) == b""

    assert endpoint.client().execute("SELECT 1") == [(1,)]
