"""Blocks: the framing changes from the protocol's to Native and back, the column bytes never."""

import pytest

from streams.embedded.clickhouse.blocks import (
    INFO,
    Shape,
    frame_native,
    header_block,
    read_block,
)
from streams.embedded.clickhouse.columns import Field
from streams.embedded.clickhouse.context import DriverContext
from streams.embedded.clickhouse.errors import StreamLostError
from streams.embedded.clickhouse.wire import MemorySource, text_bytes

NEW = DriverContext.of(54468, "UTC")
OLD = DriverContext.of(51000, "UTC")
TEXT = text_bytes("ab") + text_bytes("")
NUMBERS = bytes(range(8))

FIELDS = (Field("s", "String"), Field("n", "UInt32"))
NATIVE = b"\2\2" + text_bytes("s") + text_bytes("String") + TEXT
NATIVE += text_bytes("n") + text_bytes("UInt32") + NUMBERS
FRAMED = INFO + b"\2\2" + text_bytes("s") + text_bytes("String") + b"\0" + TEXT
FRAMED += text_bytes("n") + text_bytes("UInt32") + b"\0" + NUMBERS


def test_a_client_block_loses_its_framing() -> None:
    source, native = MemorySource(FRAMED), list[bytes]()

    shape = read_block(source, NEW, native.append)

    assert (shape, b"".join(native)) == (Shape(FIELDS, 2), NATIVE)
    assert source.ended()


def test_a_block_of_an_old_client_is_native_already() -> None:
    native: list[bytes] = []

    shape = read_block(MemorySource(NATIVE), OLD, native.append)

    assert (shape, b"".join(native)) == (Shape(FIELDS, 2), NATIVE)


def test_a_native_block_gains_the_framing() -> None:
    assert list(frame_native(NATIVE, NEW)) == [(Shape(FIELDS, 2), FRAMED)]
    assert list(frame_native(NATIVE, OLD)) == [(Shape(FIELDS, 2), NATIVE)]


def test_native_output_of_several_blocks_is_cut_between_them() -> None:
    assert [body for _, body in frame_native(NATIVE * 3, NEW)] == [FRAMED] * 3


def test_no_native_output_is_no_block() -> None:
    assert list(frame_native(b"", NEW)) == []


def test_a_header_tells_columns_and_no_rows() -> None:
    shape = read_block(MemorySource(header_block(FIELDS, NEW.revision)), NEW, list[bytes]().append)

    assert shape == Shape(FIELDS, 0)
    assert not shape.is_end()


def test_the_block_without_columns_and_rows_ends_the_data() -> None:
    shape = read_block(MemorySource(INFO + b"\0\0"), NEW, list[bytes]().append)

    assert shape.is_end()


def test_a_date_time_gets_back_the_zone_that_native_output_leaves_out() -> None:
    native = b"\1\1" + text_bytes("t") + text_bytes("DateTime") + b"1234"

    (framed,) = frame_native(native, NEW, lambda: ["DateTime('Asia/Tokyo')"])

    assert framed.shape.fields == (Field("t", "DateTime('Asia/Tokyo')"),)
    assert framed.body.endswith(text_bytes("DateTime('Asia/Tokyo')") + b"\0" + b"1234")


def test_a_date_time_stays_plain_when_its_type_can_not_be_asked() -> None:
    native = b"\1\1" + text_bytes("t") + text_bytes("DateTime") + b"1234"

    (framed,) = frame_native(native, NEW)

    assert framed.shape.fields == (Field("t", "DateTime"),)


def test_types_are_asked_for_only_if_a_date_time_needs_them() -> None:
    asked: list[None] = []

    def types() -> list[str]:
        asked.append(None)
        return ["String", "UInt32"]

    list(frame_native(NATIVE, NEW, types))

    assert asked == []


def test_a_last_column_of_unknown_type_is_all_that_is_left() -> None:
    unknown = text_bytes("a") + text_bytes("AggregateFunction(uniq, String)")
    native = b"\1\1" + unknown + b"state"

    (framed,) = frame_native(native, NEW)

    assert framed.body == INFO + b"\1\1" + unknown + b"\0" + b"state"


def test_an_unknown_type_in_a_client_block_loses_the_stream() -> None:
    unknown = text_bytes("a") + text_bytes("AggregateFunction(uniq, String)")

    with pytest.raises(StreamLostError, match="AggregateFunction"):
        read_block(MemorySource(INFO + b"\1\1" + unknown + b"\0state"), NEW, list[bytes]().append)
