"""Types: what clickhouse-driver writes into the embedded engine is what it reads back."""

import datetime as dt
import ipaddress
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from clickhouse_driver import Client

from tests.integration.clickhouse_endpoint import Endpoint

pytestmark = pytest.mark.integration

INSTANT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
INSTANT_MS = dt.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=dt.UTC)

TYPES: list[tuple[str, list[Any]]] = [
    ("Int8", [-128, 127]),
    ("Int16", [-(2**15), 2**15 - 1]),
    ("Int32", [-(2**31), 2**31 - 1]),
    ("Int64", [-(2**63), 2**63 - 1]),
    ("Int128", [-(2**127), 2**127 - 1]),
    ("Int256", [-(2**255), 2**255 - 1]),
    ("UInt8", [0, 255]),
    ("UInt16", [0, 2**16 - 1]),
    ("UInt32", [0, 2**32 - 1]),
    ("UInt64", [0, 2**64 - 1]),
    ("UInt128", [0, 2**128 - 1]),
    ("UInt256", [0, 2**256 - 1]),
    ("Float32", [0.5, -1.0]),
    ("Float64", [0.1, 1e300, float("inf")]),
    ("Bool", [True, False]),
    ("String", ["", "ö" * 300, "a\x00b"]),
    ("FixedString(3)", ["abc", "xyz"]),
    ("Date", [dt.date(1970, 1, 1), dt.date(2149, 6, 6)]),
    ("Date32", [dt.date(1900, 1, 1), dt.date(2299, 12, 31)]),
    ("DateTime('UTC')", [INSTANT]),
    ("DateTime64(3, 'UTC')", [INSTANT_MS]),
    ("DateTime64(6, 'UTC')", [INSTANT_MS]),
    ("Decimal(9, 2)", [Decimal("1.25"), Decimal("-3.50")]),
    ("Decimal(18, 4)", [Decimal("12345678901234.5678")]),
    ("Decimal(38, 10)", [Decimal("1.2500000000")]),
    ("Decimal(76, 20)", [Decimal("-1.25000000000000000000")]),
    ("Enum8('a(' = 1, 'it''s' = -2)", ["a(", "it's"]),
    ("Enum16('x' = 1000, 'y' = 2)", ["x", "y"]),
    ("UUID", [uuid.UUID(int=5), uuid.UUID(int=2**127)]),
    ("IPv4", [ipaddress.IPv4Address("10.0.0.1")]),
    ("IPv6", [ipaddress.IPv6Address("::1"), ipaddress.IPv6Address("2001:db8::7")]),
    ("Nullable(String)", [None, "x"]),
    ("Nullable(Float64)", [None, 1.5]),
    ("Nullable(DateTime('UTC'))", [None, INSTANT]),
    ("Array(String)", [[], ["a", "b"]]),
    ("Array(Array(Nullable(UInt8)))", [[[1, None], []], []]),
    ("Map(String, UInt64)", [{}, {"a": 1, "b": 2}]),
    ("Map(LowCardinality(String), Array(UInt8))", [{"a": [1]}, {}]),
    ("Tuple(UInt8, String)", [(1, "a"), (2, "b")]),
    ("Tuple(a UInt8, `b c` LowCardinality(String))", [(1, "a"), (2, "b")]),
    ("Array(Tuple(x Int8, y Nullable(String)))", [[(1, None)], []]),
    ("LowCardinality(String)", ["a", "b", "a"]),
    ("LowCardinality(Nullable(String))", [None, "b"]),
    ("LowCardinality(String)", [f"value {number}" for number in range(300)]),
    ("Array(LowCardinality(String))", [[], ["a", "a"]]),
    ("SimpleAggregateFunction(sum, UInt64)", [1, 2]),
    ("Point", [(1.0, 2.0), (3.0, 4.0)]),
    ("Polygon", [[[(1.0, 2.0), (3.0, 4.0)]], []]),
]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    running = Endpoint(tmp_path_factory.mktemp("types") / "data")
    yield running
    running.stop()


@pytest.fixture(scope="module", params=[False, "lz4"], ids=["plain", "lz4"])
def client(endpoint: Endpoint, request: pytest.FixtureRequest) -> Iterator[Client]:
    connected = endpoint.client(compression=request.param)
    yield connected
    connected.disconnect()


@pytest.mark.parametrize(("spec", "values"), TYPES)
def test_values_come_back_between_columns_that_stay_in_place(
    client: Client, spec: str, values: list[Any]
) -> None:
    rows = [(key, value, 7) for key, value in enumerate(values)]
    client.execute("DROP TABLE IF EXISTS types")
    client.execute(f"CREATE TABLE types (k UInt16, v {spec}, t UInt8) ENGINE = Memory")

    inserted = client.execute("INSERT INTO types (k, v, t) VALUES", list(rows))

    assert inserted == len(rows)
    assert client.execute("SELECT k, v, t FROM types ORDER BY k") == rows


def test_columns_given_as_lists_come_back_as_columns(client: Client) -> None:
    client.execute("DROP TABLE IF EXISTS columns")
    client.execute("CREATE TABLE columns (a UInt32, b Array(String)) ENGINE = Memory")
    columns = [[1, 2, 3], [["x"], [], ["y", "z"]]]

    client.execute("INSERT INTO columns VALUES", [list(c) for c in columns], columnar=True)

    assert client.execute("SELECT * FROM columns", columnar=True) == [
        (1, 2, 3),
        (["x"], [], ["y", "z"]),
    ]


def test_a_null_column_and_an_interval_are_read(client: Client) -> None:
    assert client.execute("SELECT NULL, toIntervalDay(3)") == [(None, 3)]


def test_a_date_time_keeps_the_zone_of_its_type(client: Client) -> None:
    ((found,),) = client.execute("SELECT toDateTime('2026-01-02 03:04:05', 'Asia/Tokyo')")

    assert found.isoformat() == "2026-01-02T03:04:05+09:00"


def test_a_large_insert_comes_back_in_whole(client: Client) -> None:
    client.execute("DROP TABLE IF EXISTS large")
    client.execute("CREATE TABLE large (n UInt32, s String) ENGINE = MergeTree ORDER BY n")
    numbers = list(range(200_000))
    texts = [f"text number {number}" for number in numbers]

    client.execute("INSERT INTO large VALUES", [list(numbers), list(texts)], columnar=True)

    found = client.execute("SELECT n, s FROM large ORDER BY n", columnar=True)
    assert found == [tuple(numbers), tuple(texts)]
