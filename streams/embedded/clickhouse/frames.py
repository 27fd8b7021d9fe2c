"""Frames: blocks packed piece by piece, each with a checksum, as the native protocol has it.

A frame is a checksum of 16 bytes, then method (1), size with these nine bytes (4) and size
unpacked (4), then the packed bytes. The checksum covers all after itself.
"""

import struct
from enum import IntEnum

from clickhouse_cityhash.cityhash import CityHash128
from lz4 import block as lz4

from streams.embedded.clickhouse.errors import ErrorCode, stream_lost
from streams.embedded.clickhouse.wire import Source

try:
    import zstd
except ImportError:  # an optional package: without it ZSTD frames are refused
    zstd = None

FRAME_BYTES = 1 << 20  # before packing, as a ClickHouse server cuts its own
LARGEST_FRAME_BYTES = 1 << 31
CHECKSUM = struct.Struct("<QQ")
HEAD = struct.Struct("<BII")
LOW_HALF = (1 << 64) - 1


class Method(IntEnum):
    """How the bytes of a frame are packed."""

    NONE = 0x02
    LZ4 = 0x82
    ZSTD = 0x90


class FrameSource(Source):
    """Unpacks frame after frame of another source."""

    def __init__(self, raw: Source) -> None:
        super().__init__()
        self._raw = raw

    def refill(self) -> None:
        checksum = self._raw.read_exactly(CHECKSUM.size)
        head = self._raw.read_exactly(HEAD.size)
        method, size, plain_size = HEAD.unpack(head)
        if not HEAD.size <= size <= LARGEST_FRAME_BYTES:
            raise stream_lost(
                ErrorCode.CHECKSUM_DOESNT_MATCH,
                f"A frame of at most {LARGEST_FRAME_BYTES} bytes was expected, found {size}.",
            )
        body = self._raw.read_exactly(size - HEAD.size)
        if _checksum(bytes(head + body)) != checksum:
            raise stream_lost(
                ErrorCode.CHECKSUM_DOESNT_MATCH, "A compressed frame does not match its checksum."
            )
        self.buffer = unpack(method, body, plain_size)
        self.current_buffer_size = len(self.buffer)


def unpack(method: int, body: bytearray, plain_size: int) -> bytearray:
    if method == Method.LZ4:
        plain: bytearray = lz4.decompress(body, uncompressed_size=plain_size, return_bytearray=True)
        return plain
    if method == Method.ZSTD and zstd is not None:
        return bytearray(zstd.decompress(bytes(body)))
    if method == Method.NONE:
        return body
    raise stream_lost(
        ErrorCode.UNKNOWN_COMPRESSION_METHOD,
        f"A frame packed by {'LZ4 or ZSTD' if zstd else 'LZ4'} was expected, found {method:#x}.",
    )


def pack(plain: bytes, method: Method) -> bytes:
    view = memoryview(plain)
    return b"".join(
        _frame(view[start : start + FRAME_BYTES], method)
        for start in range(0, len(view), FRAME_BYTES)
    )


def known_method(name: str) -> Method:
    """The method that a client asks for by its name, LZ4 if that one is not at hand."""
    return Method.ZSTD if name.upper() == "ZSTD" and zstd is not None else Method.LZ4


def _frame(piece: memoryview, method: Method) -> bytes:
    if method is Method.ZSTD:
        body = zstd.compress(bytes(piece))
    else:
        body = lz4.compress(piece, store_size=False)
    packed: bytes = HEAD.pack(method, len(body) + HEAD.size, len(piece)) + body
    return _checksum(packed) + packed


def _checksum(packed: bytes) -> bytes:
    whole: int = CityHash128(packed)
    return CHECKSUM.pack(whole >> 64, whole & LOW_HALF)
