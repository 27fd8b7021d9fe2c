"""Blocks: from the protocol's framing to the engine's Native format and back, columns untouched.

The protocol puts a block's info before it and one byte of serialization kind before each column;
Native has neither.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from streams.embedded.clickhouse import revisions
from streams.embedded.clickhouse.columns import Field, walk
from streams.embedded.clickhouse.context import DriverContext
from streams.embedded.clickhouse.errors import EngineError, StreamLostError
from streams.embedded.clickhouse.wire import MemorySource, Sink, Source, number_bytes, text_bytes

INFO = b"\1\0\2\xff\xff\xff\xff\0"  # not an overflow block, no bucket
IS_OVERFLOWS = 1  # the number of the info's field that takes one byte
DEFAULT_SERIALIZATION = b"\0"

FullTypes = Callable[[], Sequence[str]]


class Shape(NamedTuple):
    """A block's columns and number of rows; a client ends its data by a block without either."""

    fields: list[Field]
    rows: int

    def is_end(self) -> bool:
        return not self.fields and not self.rows


class Framed(NamedTuple):
    """A block ready to be sent."""

    shape: Shape
    body: bytes


class Framing(NamedTuple):
    """What of the framing depends on the connection."""

    revision: int
    context: DriverContext

    def info(self) -> bytes:
        return INFO if self.revision >= revisions.BLOCK_INFO else b""

    def serialization(self) -> bytes:
        known = self.revision >= revisions.CUSTOM_SERIALIZATION
        return DEFAULT_SERIALIZATION if known else b""


def read_block(source: Source, framing: Framing, sink: Sink) -> Shape:
    """Reads one block of a client and hands its Native bytes to the sink, none of an end."""
    if framing.info():
        while field := source.number():
            source.skip(1 if field == IS_OVERFLOWS else 4)
    serialization_bytes = len(framing.serialization())
    fields: list[Field] = []
    columns, rows = source.number(), source.number()
    if not columns and not rows:
        return Shape(fields, rows)
    sink(number_bytes(columns) + number_bytes(rows))
    source.record(sink)
    for _ in range(columns):
        fields.append(Field(source.text(), source.text()))
        source.drop(serialization_bytes)  # clickhouse-driver knows only the default kind
        try:
            walk(fields[-1].type, rows, source, framing.context)
        except EngineError as error:
            raise StreamLostError(error.code, error.message) from error
    source.stop()
    return Shape(fields, rows)


def header_block(fields: Sequence[Field], framing: Framing) -> bytes:
    """A block that tells columns and has no rows."""
    flag = framing.serialization()
    parts = [framing.info(), number_bytes(len(fields)), b"\0"]
    for name, spec in fields:
        parts += (text_bytes(name), text_bytes(spec), flag)
    return b"".join(parts)


def frame_native(
    native: bytes, framing: Framing, full_types: FullTypes = tuple
) -> Iterator[Framed]:
    """Cuts the engine's Native output into blocks framed for a client.

    The engine writes DateTime('UTC') as plain DateTime, as to very old clients; `full_types` then
    tells the types of the columns.
    """
    source = MemorySource(native)
    flag = framing.serialization()
    while not source.ended():
        columns, rows = source.number(), source.number()
        parts = [framing.info(), number_bytes(columns), number_bytes(rows)]
        fields: list[Field] = []
        for index in range(columns):
            name, spec = source.text(), source.text()
            if spec == "DateTime" and len(types := full_types()) == columns:
                spec = types[index]
            fields.append(Field(name, spec))
            parts += (text_bytes(name), text_bytes(spec), flag)
            source.record(parts.append)
            _pass_over(source, fields[-1], rows, framing, is_last=index == columns - 1)
            source.stop()
        yield Framed(Shape(fields, rows), b"".join(parts))


def _pass_over(
    source: MemorySource, field: Field, rows: int, framing: Framing, *, is_last: bool
) -> None:
    try:
        walk(field.type, rows, source, framing.context)
    except EngineError:
        if not is_last:
            raise
        source.rest()  # a chunk of the engine is one block: its last column is all that is left
