"""Blocks: from the protocol's framing to the engine's Native format and back, columns untouched.

The protocol puts a block's info before it and one byte of serialization kind before each column;
Native has neither.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from streams.embedded.clickhouse import revisions
from streams.embedded.clickhouse.columns import Field, Fields, walk
from streams.embedded.clickhouse.context import DriverContext
from streams.embedded.clickhouse.errors import EngineError, StreamLostError
from streams.embedded.clickhouse.wire import MemorySource, Sink, Source, number_bytes, text_bytes

INFO = b"\1\0\2\xff\xff\xff\xff\0"  # not an overflow block, no bucket
IS_OVERFLOWS = 1  # the number of the info's field that takes one byte
DEFAULT_SERIALIZATION = b"\0"

FullTypes = Callable[[], Sequence[str]]


class Shape(NamedTuple):
    """A block's columns and number of rows; a client ends its data by a block without either."""

    fields: Fields
    rows: int

    def is_end(self) -> bool:
        return not self.fields and not self.rows


class Framed(NamedTuple):
    """A block ready to be sent."""

    shape: Shape
    body: bytes


def read_block(source: Source, context: DriverContext, sink: Sink) -> Shape:
    """Reads one block of a client and hands its Native bytes to the sink, none of an end."""
    if _info(context.revision):
        while field := source.number():
            source.skip(1 if field == IS_OVERFLOWS else 4)
    columns, rows = source.number(), source.number()
    if not columns and not rows:
        return Shape((), 0)
    serialization_bytes = len(_serialization(context.revision))
    fields: list[Field] = []
    sink(number_bytes(columns) + number_bytes(rows))
    source.record(sink)
    for _ in range(columns):
        fields.append(Field(source.text(), source.text()))
        source.drop(serialization_bytes)  # clickhouse-driver knows only the default kind
        try:
            walk(fields[-1].type, rows, source, context)
        except EngineError as error:
            raise StreamLostError(error.code, error.message) from error
    source.stop()
    return Shape(tuple(fields), rows)


@lru_cache(1024)
def header_block(fields: Fields, revision: int) -> bytes:
    """A block that tells columns and has no rows; inserts ask for the same one again and again."""
    flag = _serialization(revision)
    parts = [_info(revision), number_bytes(len(fields)), b"\0"]
    for name, spec in fields:
        parts += (text_bytes(name), text_bytes(spec), flag)
    return b"".join(parts)


def frame_native(
    native: bytes, context: DriverContext, full_types: FullTypes = tuple
) -> Iterator[Framed]:
    """Cuts the engine's Native output into blocks framed for a client.

    The engine writes DateTime('UTC') as plain DateTime, as to very old clients; `full_types` then
    tells the types of the columns.
    """
    source = MemorySource(native)
    info, flag = _info(context.revision), _serialization(context.revision)
    while not source.ended():
        columns, rows = source.number(), source.number()
        parts = [info, number_bytes(columns), number_bytes(rows)]
        fields: list[Field] = []
        for index in range(columns):
            name, spec = source.text(), source.text()
            if spec == "DateTime" and len(types := full_types()) == columns:
                spec = types[index]
            fields.append(Field(name, spec))
            parts += (text_bytes(name), text_bytes(spec), flag)
            source.record(parts.append)
            _pass_over(source, fields[-1], rows, context, is_last=index == columns - 1)
            source.stop()
        yield Framed(Shape(tuple(fields), rows), b"".join(parts))


def _pass_over(
    source: MemorySource, field: Field, rows: int, context: DriverContext, *, is_last: bool
) -> None:
    try:
        walk(field.type, rows, source, context)
    except EngineError:
        if not is_last:
            raise
        source.rest()  # a chunk of the engine is one block: its last column is all that is left


def _info(revision: int) -> bytes:
    return INFO if revision >= revisions.BLOCK_INFO else b""


def _serialization(revision: int) -> bytes:
    return DEFAULT_SERIALIZATION if revision >= revisions.CUSTOM_SERIALIZATION else b""
