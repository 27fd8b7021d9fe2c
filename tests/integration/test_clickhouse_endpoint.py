"""Endpoint: clickhouse-driver finds the embedded engine to be a ClickHouse server."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import ErrorCodes, ServerException

from tests.integration.clickhouse_endpoint import Endpoint, eventually

pytestmark = pytest.mark.integration

FUNCTION_THROW_IF = 395
VIOLATED_CONSTRAINT = 469
SLOW = "SELECT sum(sleepEachRow(0.05)) FROM numbers(400) SETTINGS max_block_size = 10, log_comment="


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    running = Endpoint(tmp_path_factory.mktemp("endpoint") / "data")
    yield running
    running.stop()


@pytest.fixture
def client(endpoint: Endpoint) -> Iterator[Client]:
    connected = endpoint.client()
    yield connected
    connected.disconnect()


def runs(client: Client, comment: str) -> bool:
    sql = "SELECT count() FROM system.processes WHERE Settings['log_comment'] = %(comment)s"
    return bool(client.execute(sql, {"comment": comment})[0][0])


def start_slow(client: Client, comment: str) -> None:
    """Sends a query that takes 20 s and does not wait for its answer."""
    client.connection.force_connect()
    client.connection.send_query(f"{SLOW}'{comment}'")
    client.connection.send_external_tables(None)


def test_a_server_tells_version_and_zone(client: Client) -> None:
    assert client.execute("SELECT 1") == [(1,)]
    assert client.connection.ping()
    info = client.connection.server_info
    assert (info.version_tuple()[0], info.timezone != "") == (26, True)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT * FROM nothing_here", ErrorCodes.UNKNOWN_TABLE),
        ("SELEC 1", ErrorCodes.SYNTAX_ERROR),
        ("SELECT throwIf(number = 500000) FROM numbers(1000000)", FUNCTION_THROW_IF),
        ("SELECT 1 SETTINGS no_such_setting = 1", ErrorCodes.UNKNOWN_SETTING),
    ],
)
def test_an_error_has_the_engines_code_and_the_connection_goes_on(
    client: Client, sql: str, code: int
) -> None:
    with pytest.raises(ServerException, match="DB::Exception") as failed:
        client.execute(sql)

    assert failed.value.code == code
    assert client.execute("SELECT 1") == [(1,)]


@pytest.mark.parametrize(("table", "code"), [("nothing_here", 60), ("refused", 16)])
def test_an_insert_that_can_not_be_is_refused_before_its_rows(
    client: Client, table: str, code: int
) -> None:
    client.execute("CREATE TABLE IF NOT EXISTS refused (a UInt8) ENGINE = Memory")

    with pytest.raises(ServerException) as failed:
        client.execute(f"INSERT INTO {table} (b) VALUES", [(1,)])

    assert failed.value.code == code


def test_an_insert_whose_constraint_fails_is_told_and_adds_nothing(client: Client) -> None:
    client.execute(
        "CREATE TABLE positive (a Int8, CONSTRAINT c CHECK a > 0) ENGINE = MergeTree ORDER BY a"
    )

    with pytest.raises(ServerException) as failed:
        client.execute("INSERT INTO positive VALUES", [(1,), (-1,)])

    assert failed.value.code == VIOLATED_CONSTRAINT
    assert client.execute("SELECT count() FROM positive") == [(0,)]


def test_an_insert_whose_view_fails_is_told(client: Client) -> None:
    client.execute("CREATE TABLE viewed (a Int8) ENGINE = MergeTree ORDER BY a")
    client.execute("CREATE TABLE target (a Int8) ENGINE = MergeTree ORDER BY a")
    select = "SELECT throwIf(a < 0) AS a FROM viewed"
    client.execute(f"CREATE MATERIALIZED VIEW failing TO target AS {select}")

    with pytest.raises(ServerException, match="failing") as failed:
        client.execute("INSERT INTO viewed VALUES", [(1,), (-1,)])

    assert failed.value.code == FUNCTION_THROW_IF
    assert client.execute("INSERT INTO viewed VALUES", [(1,)]) == 1


def test_settings_last_one_query_and_a_set_by_hand_lasts(client: Client) -> None:
    asked = "SELECT getSetting('max_block_size')"
    ((default,),) = client.execute(asked)

    assert client.execute(asked, settings={"max_block_size": 777}) == [(777,)]
    assert client.execute(asked) == [(default,)]
    client.execute("SET max_block_size = 555")
    assert client.execute(asked, settings={"max_block_size": 777}) == [(777,)]
    assert client.execute(asked) == [(555,)]


def test_an_unknown_setting_is_ignored_or_refused_when_important(endpoint: Endpoint) -> None:
    settings = {"no_such_setting": 1}

    assert endpoint.client().execute("SELECT 1", settings=settings) == [(1,)]
    with pytest.raises(ServerException) as refused:
        endpoint.client(settings_is_important=True).execute("SELECT 1", settings=settings)
    assert refused.value.code == ErrorCodes.UNKNOWN_SETTING


def test_parameters_are_filled_in_by_the_server(endpoint: Endpoint) -> None:
    client = endpoint.client(settings={"server_side_params": True})
    values: dict[str, Any] = {"a": "it's \\ \t\n ö", "b": -5, "c": ["x'", "y"]}

    found = client.execute("SELECT {a:String}, {b:Int32}, {c:Array(String)}", values)

    assert found == [(values["a"], values["b"], values["c"])]


def test_an_empty_result_keeps_its_columns(client: Client) -> None:
    found = client.execute("SELECT 1 AS a, 'x' AS b WHERE 0", with_column_types=True)

    assert found == ([], [("a", "UInt8"), ("b", "String")])


def test_a_large_result_streams(client: Client) -> None:
    rows = client.execute_iter("SELECT number FROM numbers(200000)")

    assert sum(number for (number,) in rows) == 200_000 * 199_999 // 2


def test_statements_other_than_select_answer_too(client: Client) -> None:
    client.execute("CREATE TABLE shown (a UInt8) ENGINE = Memory")

    assert ("shown",) in client.execute("SHOW TABLES")
    assert client.execute("DESCRIBE TABLE shown")[0][:2] == ("a", "UInt8")
    assert client.execute("EXISTS shown") == [(1,)]
    assert client.execute("EXPLAIN SELECT 1")


def test_comments_semicolons_and_formats_are_no_part_of_a_query(client: Client) -> None:
    assert client.execute("SELECT 1 -- a comment; here\n; ") == [(1,)]
    assert client.execute("/* x */ (SELECT 2) FORMAT CSV") == [(2,)]
    assert client.execute("SELECT 3 FORMAT Null") == []
    assert client.execute("WITH 1 AS x SELECT x") == [(1,)]


def test_totals_and_extremes_follow_the_rows(client: Client) -> None:
    sql = "SELECT number % 3 AS k, count() AS n FROM numbers(10) GROUP BY k WITH TOTALS ORDER BY k"

    found = client.execute(sql, settings={"extremes": 1})

    assert found == [(0, 4), (1, 3), (2, 3), (0, 10), (0, 3), (2, 4)]


def test_external_tables_live_as_long_as_their_query(client: Client) -> None:
    table = {
        "name": "ext",
        "structure": [("x", "Int32"), ("y", "Array(String)")],
        "data": [{"x": 1, "y": ["a"]}, {"x": 5, "y": []}],
    }

    assert client.execute("SELECT sum(x) FROM ext", external_tables=[table]) == [(6,)]
    with pytest.raises(ServerException, match="UNKNOWN_TABLE"):
        client.execute("SELECT * FROM ext")


def test_progress_and_profile_tell_rows(client: Client) -> None:
    progress = client.execute_with_progress("SELECT max(number) FROM numbers(1000000)")
    seen = list(progress)

    assert progress.get_result() == [(999_999,)]
    assert seen[-1][0] == 1_000_000
    assert client.last_query.profile_info.rows == 1
    assert client.last_query.progress.elapsed_ns > 0


def test_a_cancelled_stream_of_rows_ends(client: Client) -> None:
    rows = client.execute_iter("SELECT number FROM system.numbers")
    next(rows)

    client.cancel()

    assert client.execute("SELECT 1") == [(1,)]


def test_a_cancelled_computation_ends(client: Client, endpoint: Endpoint) -> None:
    other = endpoint.client()
    start_slow(client, "cancelled")
    assert eventually(lambda: runs(other, "cancelled"))

    client.cancel()

    assert eventually(lambda: not runs(other, "cancelled"), within_s=5)
    assert client.execute("SELECT 1") == [(1,)]


def test_an_error_after_a_cancel_is_told(client: Client) -> None:
    next(rows := client.execute_iter("SELECT number FROM system.numbers"))
    client.cancel()
    del rows

    with pytest.raises(ServerException, match="UNKNOWN_TABLE"):
        client.execute("INSERT INTO nothing_here VALUES", [(1,)])


def test_a_client_that_leaves_stops_its_query(client: Client, endpoint: Endpoint) -> None:
    leaving = endpoint.client()
    start_slow(leaving, "leaves")
    assert eventually(lambda: runs(client, "leaves"))

    leaving.disconnect()

    assert eventually(lambda: not runs(client, "leaves"), within_s=5)


def test_connections_work_at_once_each_in_its_own_database(endpoint: Endpoint) -> None:
    def work(number: int) -> list[Any]:
        client = endpoint.client()
        client.execute(f"CREATE DATABASE db{number}")
        client.execute(f"USE db{number}")
        client.execute("CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
        for _ in range(10):
            client.execute("INSERT INTO t VALUES", [(row,) for row in range(100)])
        found: list[Any] = client.execute("SELECT count(), currentDatabase() FROM t")
        return found

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(8)))

    assert found == [[(1000, f"db{number}")] for number in range(8)]
