"""Wire: bytes pass a reader unchanged, and frames carry them only if nothing was damaged."""

import socket

import pytest

from streams.embedded.clickhouse.errors import StreamLostError
from streams.embedded.clickhouse.frames import FRAME_BYTES, FrameSource, Method, pack
from streams.embedded.clickhouse.wire import (
    MemorySource,
    SocketSource,
    number_bytes,
    text_bytes,
)
from tests.unit.embedded.clickhouse_bytes import Piecewise


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_recording_holds_what_passed_and_not_what_was_dropped(size: int) -> None:
    source, taken = Piecewise(b"before|kept|dropped|kept too|after", size), list[bytes]()

    source.skip(7)
    source.record(taken.append)
    source.skip(5)
    source.drop(8)
    source.skip(9)
    source.stop()

    assert b"".join(taken) == b"kept|kept too|"
    assert bytes(source.read_exactly(5)) == b"after"


def test_dropping_without_a_recording_skips() -> None:
    source = MemorySource(b"abc")

    source.drop(2)

    assert bytes(source.read_exactly(1)) == b"c"


@pytest.mark.parametrize("number", [0, 127, 128, 300, 2**32, 2**63])
def test_a_number_comes_back(number: int) -> None:
    assert Piecewise(number_bytes(number), 1).number() == number


@pytest.mark.parametrize("text", ["", "plain", "ö" * 200])
def test_a_text_comes_back(text: str) -> None:
    assert Piecewise(text_bytes(text), 5).text() == text


def test_a_text_that_is_not_utf8_loses_the_stream() -> None:
    with pytest.raises(StreamLostError, match="not UTF-8"):
        MemorySource(b"\1\xff").text()


def test_an_unsigned_integer_is_little_endian() -> None:
    assert MemorySource(b"\1\2\0\0").unsigned(4) == 513


def test_a_source_that_ends_too_early_says_so() -> None:
    source = MemorySource(b"abc")

    with pytest.raises(EOFError, match="too early"):
        source.read_exactly(4)


def test_a_socket_source_reads_what_a_client_sends_until_it_leaves() -> None:
    client, server = socket.socketpair()
    with client, server:
        source = SocketSource(server)
        client.sendall(text_bytes("hello"))

        assert source.text() == "hello"
        client.close()
        with pytest.raises(EOFError, match="client is gone"):
            source.number()


@pytest.mark.parametrize("method", [Method.LZ4])
@pytest.mark.parametrize("length", [1, 1000, FRAME_BYTES, FRAME_BYTES + 1])
def test_packed_bytes_come_back(method: Method, length: int) -> None:
    plain = bytes(index % 251 for index in range(length))

    source = FrameSource(MemorySource(pack(plain, method)))

    assert bytes(source.read_exactly(length)) == plain


def test_a_damaged_frame_loses_the_stream() -> None:
    frame = bytearray(pack(b"some bytes " * 20, Method.LZ4))
    frame[-1] ^= 1

    with pytest.raises(StreamLostError, match="checksum") as lost:
        FrameSource(MemorySource(bytes(frame))).read_exactly(1)

    assert lost.value.code == 40


def test_a_frame_of_impossible_size_loses_the_stream() -> None:
    frame = bytearray(pack(b"some bytes", Method.LZ4))
    frame[17:21] = (5).to_bytes(4, "little")

    with pytest.raises(StreamLostError, match="found 5"):
        FrameSource(MemorySource(bytes(frame))).read_exactly(1)
