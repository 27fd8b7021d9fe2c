"""Columns: how long one is, found by walking over its bytes without decoding a value.

A column of a Native block starts with a prefix (the version of a dictionary, mostly nothing) and
goes on with its data. Types follow ClickHouse's documentation of the Native format.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

from clickhouse_driver.columns.service import read_column

from streams.embedded.clickhouse.context import DriverContext
from streams.embedded.clickhouse.errors import EngineError, unknown_type
from streams.embedded.clickhouse.typenames import arguments, without_name
from streams.embedded.clickhouse.wire import Source

SIZES = {
    "Nothing": 1, "Bool": 1, "Boolean": 1, "Int8": 1, "UInt8": 1, "Enum8": 1,
    "Int16": 2, "UInt16": 2, "Enum16": 2, "BFloat16": 2, "Date": 2,
    "Int32": 4, "UInt32": 4, "Float32": 4, "Decimal32": 4, "IPv4": 4,
    "Date32": 4, "DateTime": 4, "DateTime32": 4, "Time": 4,
    "Int64": 8, "UInt64": 8, "Float64": 8, "Decimal64": 8, "DateTime64": 8, "Time64": 8,
    "Int128": 16, "UInt128": 16, "Decimal128": 16, "UUID": 16, "IPv6": 16,
    "Int256": 32, "UInt256": 32, "Decimal256": 32,
}  # fmt: skip  # one size a line reads as a table
GEOMETRY = {
    "Point": "Tuple(Float64, Float64)",
    "Ring": "Array(Point)",
    "LineString": "Array(Point)",
    "MultiLineString": "Array(LineString)",
    "Polygon": "Array(Ring)",
    "MultiPolygon": "Array(Polygon)",
}
HAS_ADDITIONAL_KEYS = 1 << 9  # a LowCardinality block brings its own dictionary
INDEX_SIZE_MASK = 0xF  # 0 to 3: indexes of 1, 2, 4 or 8 bytes


class Field(NamedTuple):
    """A column's name and its type as ClickHouse writes it."""

    name: str
    type: str


Fields = tuple[Field, ...]


class Column(Protocol):
    """Knows how to move a source over one column."""

    def prefix(self, source: Source) -> None: ...

    def data(self, source: Source, rows: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Fixed:
    size_bytes: int

    def prefix(self, source: Source) -> None:
        pass

    def data(self, source: Source, rows: int) -> None:
        source.skip(self.size_bytes * rows)


@dataclass(frozen=True, slots=True)
class Text:
    def prefix(self, source: Source) -> None:
        pass

    def data(self, source: Source, rows: int) -> None:
        source.read_strings_arrow(rows)  # walks in C, without an object per string


@dataclass(frozen=True, slots=True)
class Nullable:
    inner: Column

    def prefix(self, source: Source) -> None:
        self.inner.prefix(source)

    def data(self, source: Source, rows: int) -> None:
        source.skip(rows)
        self.inner.data(source, rows)


@dataclass(frozen=True, slots=True)
class Array:
    inner: Column

    def prefix(self, source: Source) -> None:
        self.inner.prefix(source)

    def data(self, source: Source, rows: int) -> None:
        if rows:
            source.skip(8 * (rows - 1))
            elements = source.unsigned(8)  # the last offset is the number of elements
            self.inner.data(source, elements)


@dataclass(frozen=True, slots=True)
class Tuple:
    items: tuple[Column, ...]

    def prefix(self, source: Source) -> None:
        for item in self.items:
            item.prefix(source)

    def data(self, source: Source, rows: int) -> None:
        for item in self.items:
            item.data(source, rows)


@dataclass(frozen=True, slots=True)
class LowCardinality:
    keys: Column

    def prefix(self, source: Source) -> None:
        source.skip(8)

    def data(self, source: Source, rows: int) -> None:
        while rows > 0:
            flags = source.unsigned(8)
            if not flags & HAS_ADDITIONAL_KEYS:
                raise unknown_type("LowCardinality with a shared dictionary")
            self.keys.data(source, source.unsigned(8))
            indexes = source.unsigned(8)
            source.skip(indexes << (flags & INDEX_SIZE_MASK))
            rows -= indexes


def walk(spec: str, rows: int, source: Source, context: DriverContext) -> None:
    """Moves the source over one column; raises UNKNOWN_TYPE when its end can not be found."""
    if not rows:
        return
    try:
        known = column(spec)
    except EngineError:
        _decode(spec, rows, source, context)
        return
    known.prefix(source)
    known.data(source, rows)


@lru_cache(4096)
def column(spec: str) -> Column:
    """The walker of a type such as `Array(LowCardinality(String))`."""
    name, bracket, rest = spec.partition("(")
    name, inside = name.strip(), rest.rstrip()[:-1] if bracket else ""
    if name in SIZES:
        return Fixed(SIZES[name])
    if name == "String":
        return Text()
    if name.startswith("Interval"):
        return Fixed(8)
    if name in GEOMETRY:
        return column(GEOMETRY[name])
    return _with_arguments(spec, name, inside)


def _with_arguments(spec: str, name: str, inside: str) -> Column:
    match name:
        case "FixedString":
            return Fixed(int(inside))
        case "Decimal":
            return Fixed(_decimal_bytes(int(arguments(inside)[0])))
        case "Nullable":
            return Nullable(column(inside))
        case "Array":
            return Array(column(inside))
        case "SimpleAggregateFunction":
            return column(arguments(inside)[1])
        case "LowCardinality" | "Map" | "Tuple" | "Nested":
            return _compound(name, inside)
        case _:
            raise unknown_type(spec)


def _compound(name: str, inside: str) -> Column:
    if name == "LowCardinality":
        inner = column(inside)
        return LowCardinality(inner.inner if isinstance(inner, Nullable) else inner)
    if name == "Map":
        return Array(Tuple(tuple(column(item) for item in arguments(inside))))
    items = tuple(column(without_name(item)) for item in arguments(inside))
    if name == "Nested":
        return Array(Tuple(items))
    return Tuple(items) if items else Fixed(1)  # an empty tuple takes a byte


def _decimal_bytes(precision: int) -> int:
    return next(
        size for digits, size in ((9, 4), (18, 8), (38, 16), (76, 32)) if precision <= digits
    )


def _decode(spec: str, rows: int, source: Source, context: DriverContext) -> None:
    """Walks JSON, Dynamic and Variant by clickhouse-driver's own readers, which decode."""
    try:
        read_column(context, spec, rows, source, use_numpy=False)
    except (EOFError, ConnectionError):
        raise
    except Exception as error:
        raise unknown_type(spec) from error
