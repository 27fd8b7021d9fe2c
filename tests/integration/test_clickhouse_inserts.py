"""Inserts: rows reach the embedded engine once, in whatever way clickhouse-driver sends them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_driver import Client

from tests.integration.clickhouse_endpoint import Endpoint

pytestmark = pytest.mark.integration

WINDOW = "SETTINGS non_replicated_deduplication_window = 100"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    running = Endpoint(tmp_path_factory.mktemp("inserts") / "data")
    yield running
    running.stop()


@pytest.fixture
def client(endpoint: Endpoint) -> Iterator[Client]:
    connected = endpoint.client(settings={"max_threads": 2})
    yield connected
    connected.disconnect()


@pytest.fixture
def table(client: Client) -> str:
    """A table with a default and a materialized column."""
    client.execute("DROP TABLE IF EXISTS filled")
    client.execute(
        "CREATE TABLE filled (a UInt32, b String DEFAULT 'd', m UInt32 MATERIALIZED a + 1)"
        " ENGINE = MergeTree ORDER BY a"
    )
    return "filled"


def contents(client: Client, table: str) -> object:
    return client.execute(f"SELECT a, b, m FROM {table} ORDER BY a")


def test_rows_as_dicts_take_defaults_for_columns_not_named(client: Client, table: str) -> None:
    assert client.execute(f"INSERT INTO {table} (a) VALUES", [{"a": 1}]) == 1
    assert contents(client, table) == [(1, "d", 2)]


def test_rows_of_a_generator_fill_all_but_materialized_columns(client: Client, table: str) -> None:
    client.execute(f"INSERT INTO {table} VALUES", ((number, "x") for number in range(2)))

    assert contents(client, table) == [(0, "x", 1), (1, "x", 2)]


def test_rows_in_the_text_are_inserted(client: Client, table: str) -> None:
    client.execute(f"INSERT INTO {table} (b, a) VALUES ('y', 9), ('z', 10)")

    assert contents(client, table) == [(9, "y", 10), (10, "z", 11)]


def test_rows_of_a_select_are_inserted(client: Client, table: str) -> None:
    client.execute(f"INSERT INTO {table} SELECT number, 's' FROM numbers(2)")

    assert contents(client, table) == [(0, "s", 1), (1, "s", 2)]


def test_rows_pass_through_a_select_from_input(client: Client, table: str) -> None:
    sql = f"INSERT INTO {table} (a) SELECT x * 2 FROM input('x UInt8') FORMAT Native"

    client.execute(sql, [(30,)])

    assert contents(client, table) == [(60, "d", 61)]


def test_columns_may_be_an_expression(client: Client, table: str) -> None:
    client.execute(f"INSERT INTO {table} (* EXCEPT (b)) VALUES", [(11,)])

    assert contents(client, table) == [(11, "d", 12)]


def test_several_blocks_are_one_insert(client: Client, table: str) -> None:
    rows = [(number,) for number in range(250)]

    client.execute(f"INSERT INTO {table} (a) VALUES", rows, settings={"insert_block_size": 100})

    parts = "SELECT count(), sum(rows) FROM system.parts WHERE table = %(table)s AND active"
    assert client.execute(parts, {"table": table}) == [(1, 250)]


def test_no_rows_are_no_insert(client: Client, table: str) -> None:
    assert client.execute(f"INSERT INTO {table} (a) VALUES", []) == 0
    assert contents(client, table) == []


def test_a_table_altered_by_another_connection_is_seen(
    client: Client, endpoint: Endpoint, table: str
) -> None:
    client.execute(f"INSERT INTO {table} VALUES", [(1, "x")])
    endpoint.client().execute(f"ALTER TABLE {table} ADD COLUMN c UInt8 AFTER b")

    client.execute(f"INSERT INTO {table} VALUES", [(2, "y", 7)])

    assert client.execute(f"SELECT a, c FROM {table} ORDER BY a") == [(1, 0), (2, 7)]


@pytest.fixture
def counted(client: Client) -> Iterator[str]:
    """A table with a window of tokens and a view that counts its rows into `counts`."""
    client.execute(f"CREATE TABLE counted (a UInt32) ENGINE = MergeTree ORDER BY a {WINDOW}")
    client.execute(
        f"CREATE TABLE counts (n UInt64) ENGINE = SummingMergeTree ORDER BY tuple() {WINDOW}"
    )
    client.execute(
        "CREATE MATERIALIZED VIEW counting TO counts AS SELECT count() AS n FROM counted"
    )
    yield "counted"
    for name in ("counting", "counts", "counted"):
        client.execute(f"DROP TABLE {name}")


def insert_with_token(client: Client, token: str) -> None:
    settings = {
        "insert_deduplication_token": token,
        "deduplicate_blocks_in_dependent_materialized_views": 1,
    }
    client.execute("INSERT INTO counted VALUES", [(1,), (2,)], settings=settings)


def test_an_insert_repeated_with_its_token_adds_nothing(client: Client, counted: str) -> None:
    insert_with_token(client, "a")
    insert_with_token(client, "a")

    assert client.execute(f"SELECT count() FROM {counted}") == [(2,)]
    assert client.execute("SELECT sum(n) FROM counts") == [(2,)]


def test_the_same_rows_with_another_token_are_added(client: Client, counted: str) -> None:
    for token in ("a", "b", "a"):
        insert_with_token(client, token)

    assert client.execute(f"SELECT count() FROM {counted}") == [(4,)]
    assert client.execute("SELECT sum(n) FROM counts") == [(4,)]


def test_an_insert_left_half_way_adds_nothing(
    client: Client, endpoint: Endpoint, table: str
) -> None:
    def rows() -> Iterator[tuple[int]]:
        yield from ((number,) for number in range(100))
        raise InterruptedError

    leaving = endpoint.client(settings={"insert_block_size": 10})
    with pytest.raises(InterruptedError):
        leaving.execute(f"INSERT INTO {table} (a) VALUES", rows())

    assert contents(client, table) == []


def test_rows_reach_a_table_function(client: Client, tmp_path: Path) -> None:
    written = tmp_path / "written.csv"

    client.execute(
        f"INSERT INTO FUNCTION file('{written}', 'CSV', 'a UInt32') VALUES", [(1,), (2,)]
    )

    assert written.read_text() == "1\n2\n"
