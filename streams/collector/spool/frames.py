"""Frames: one spooled record as bytes, with its length and checksums; what does not fit is told.

A frame is 12 bytes (length of the content, its CRC-32, the CRC-32 of those 8 bytes; big-endian)
and the content. A frame that ends too early was being written when a process or a machine ended;
one whose checksum is wrong was damaged later.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple
from zlib import crc32

import msgspec

from streams.ports.eventlog import Headers

MAX_CONTENT_BYTES: Final = 524_288
HEAD: Final = struct.Struct(">III")
_MEASURES: Final = struct.Struct(">II")


class Outgoing(NamedTuple):
    """One record for the log."""

    topic: str
    key: bytes | None
    value: bytes
    headers: Headers = ()


class Spooled(NamedTuple):
    """A record and when it came."""

    record: Outgoing
    at_ms: int


class Damaged(NamedTuple):
    """Bytes, from `start` on, that are not what was written."""

    start: int
    content: bytes


class Found(NamedTuple):
    """What is in some bytes of a segment: `end` is where the next frame begins.

    `is_torn`: there is no next frame, only the beginning of one.
    """

    records: list[Spooled]
    damaged: list[Damaged]
    end: int
    is_torn: bool


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(
    tuple[str, bytes | None, bytes, list[tuple[str, bytes]], int]
)


def encode_frame(record: Outgoing, at_ms: int) -> bytes:
    """The record as a frame. Raises ValueError when it is too long for one."""
    content = _encoder.encode((*record, at_ms))
    if len(content) > MAX_CONTENT_BYTES:
        found = len(content)
        raise ValueError(f"expected a record of at most {MAX_CONTENT_BYTES} bytes, found {found}")
    measures = _MEASURES.pack(len(content), crc32(content))
    return measures + crc32(measures).to_bytes(4, "big") + content


def read_frames(held: bytes, is_whole: bool) -> Found:
    """The frames in `held`; `is_whole`: nothing follows it in its segment.

    A wrong length cannot be told from a right one but by its checksum: behind a damaged head
    nothing is read.
    """
    records: list[Spooled] = []
    damaged: list[Damaged] = []
    at = 0
    while len(held) - at >= HEAD.size:
        length, checksum, own = HEAD.unpack_from(held, at)
        if own != crc32(held[at : at + _MEASURES.size]) or length > MAX_CONTENT_BYTES:
            return _without_a_head(Found(records, damaged, at, is_torn=True), held, is_whole)
        end = at + HEAD.size + length
        if end > len(held):
            break
        content = held[at + HEAD.size : end]
        record = _decoded(content) if crc32(content) == checksum else None
        if record is None:
            damaged.append(Damaged(at, held[at:end]))
        else:
            records.append(record)
        at = end
    return Found(records, damaged, at, is_torn=is_whole and at < len(held))


def _without_a_head(found: Found, held: bytes, is_whole: bool) -> Found:
    """Zeros to the end are room that was never written to; anything else is damage."""
    rest = held[found.end :]
    if not is_whole:  # first what stands before it; then again, with all that follows
        return found._replace(is_torn=False)
    if rest.count(0) < len(rest):
        found.damaged.append(Damaged(found.end, rest))
    return found


def _decoded(content: bytes) -> Spooled | None:
    try:
        topic, key, value, headers, at_ms = _decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return Spooled(Outgoing(topic, key, value, headers), at_ms)
