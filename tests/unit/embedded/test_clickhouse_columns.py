"""Columns: a walk ends exactly where clickhouse-driver's own writer ended, however bytes arrive."""

import datetime as dt
import ipaddress
import uuid
from decimal import Decimal
from typing import Any

import pytest

from streams.embedded.clickhouse.columns import Array, Fixed, Tuple, column, walk
from streams.embedded.clickhouse.context import DriverContext
from streams.embedded.clickhouse.errors import EngineError
from tests.unit.embedded.clickhouse_bytes import Piecewise, column_bytes

CONTEXT = DriverContext.of(54468, "UTC")
NOON = dt.datetime(2026, 1, 2, 12, 0, tzinfo=dt.UTC)

VALUES: list[tuple[str, list[Any]]] = [
    ("Int8", [-1, 2, 3]),
    ("UInt64", [1, 2**64 - 1]),
    ("Int128", [-(2**100), 5]),
    ("UInt256", [2**200, 1]),
    ("Float32", [0.5, -1.0]),
    ("Bool", [True, False]),
    ("String", ["", "ö" * 300, "x"]),
    ("FixedString(3)", ["abc", "xyz"]),
    ("Date", [NOON.date()] * 3),
    ("Date32", [dt.date(1930, 1, 2)] * 2),
    ("DateTime('UTC')", [NOON] * 2),
    ("DateTime64(3, 'UTC')", [NOON] * 2),
    ("Decimal(9, 2)", [Decimal("1.25")] * 2),
    ("Decimal(18, 2)", [Decimal("1.25")] * 2),
    ("Decimal(38, 2)", [Decimal("1.25")] * 2),
    ("Decimal(76, 2)", [Decimal("1.25")] * 2),
    ("Enum8('a(' = 1, 'it\\'s' = 2)", ["a(", "it's"]),
    ("Enum16('x' = 1000)", ["x"]),
    ("UUID", [uuid.UUID(int=5)]),
    ("IPv4", [ipaddress.IPv4Address("10.0.0.1")]),
    ("IPv6", [ipaddress.IPv6Address("::1")] * 2),
    ("Nullable(String)", [None, "x"]),
    ("Array(String)", [[], ["a", "b"], ["c"]]),
    ("Array(Array(Nullable(UInt8)))", [[[1, None], []], []]),
    ("Map(String, Array(UInt64))", [{}, {"a": [1, 2], "b": []}]),
    ("Tuple(UInt8, String)", [(1, "a"), (2, "b")]),
    ("Tuple(a UInt8, `b c` LowCardinality(String))", [(1, "a"), (2, "b")]),
    ("Nested(x Int8, y Nullable(String))", [[(1, None)], [], [(2, "b"), (3, "c")]]),
    ("LowCardinality(String)", ["a", "b", "a"]),
    ("LowCardinality(Nullable(String))", [None, "b"]),
    ("LowCardinality(String)", [str(number) for number in range(300)]),
    ("Array(LowCardinality(String))", [[], ["a", "a"]]),
    ("Array(LowCardinality(String))", [[], []]),
    ("SimpleAggregateFunction(sum, UInt64)", [1, 2]),
]


@pytest.mark.parametrize(("spec", "values"), VALUES)
@pytest.mark.parametrize("size", [1, 7, 1 << 16])
def test_a_walk_takes_the_column_and_nothing_after_it(
    spec: str, values: list[Any], size: int
) -> None:
    whole = column_bytes(spec, values)
    source = Piecewise(whole + b"next", size)
    taken: list[bytes] = []
    source.record(taken.append)

    walk(spec, len(values), source, CONTEXT)

    source.stop()
    assert b"".join(taken) == whole
    assert bytes(source.read_exactly(4)) == b"next"


def test_a_column_without_rows_has_no_bytes_not_even_a_prefix() -> None:
    source = Piecewise(b"next", 4)

    walk("LowCardinality(String)", 0, source, CONTEXT)

    assert bytes(source.read_exactly(4)) == b"next"


@pytest.mark.parametrize(
    ("spec", "same_as"),
    [
        ("Point", "Tuple(Float64, Float64)"),
        ("MultiPolygon", "Array(Array(Array(Tuple(Float64, Float64))))"),
        ("IntervalDay", "Int64"),
        ("SimpleAggregateFunction(max, Nullable(DateTime))", "Nullable(DateTime)"),
        ("Decimal(20, 4)", "Decimal128(4)"),
    ],
)
def test_a_type_by_another_name_is_walked_alike(spec: str, same_as: str) -> None:
    assert column(spec) == column(same_as)


def test_names_of_tuple_elements_are_no_part_of_their_types() -> None:
    assert column("Nested(a UInt8, `b, c` FixedString(5))") == Array(Tuple((Fixed(1), Fixed(5))))


def test_a_type_whose_bytes_nobody_knows_is_refused_with_its_name() -> None:
    with pytest.raises(EngineError, match="AggregateFunction") as refused:
        walk("AggregateFunction(uniq, String)", 1, Piecewise(b"1234", 4), CONTEXT)

    assert refused.value.code == 50


def test_a_dictionary_shared_between_blocks_is_refused() -> None:
    without_keys = bytes(8) + bytes(8)

    with pytest.raises(EngineError, match="shared dictionary"):
        walk("LowCardinality(String)", 1, Piecewise(without_keys, 16), CONTEXT)


def test_a_column_cut_short_is_an_end_of_file() -> None:
    with pytest.raises(EOFError):
        walk("UInt64", 3, Piecewise(bytes(23), 8), CONTEXT)
