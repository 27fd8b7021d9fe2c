"""Packets: what the server writes, byte for byte, at the revision that both sides know."""

import struct
from dataclasses import dataclass
from enum import IntEnum

from streams.embedded.clickhouse import revisions
from streams.embedded.clickhouse.columns import Field
from streams.embedded.clickhouse.errors import EngineError
from streams.embedded.clickhouse.wire import number_bytes, text_bytes


class FromClient(IntEnum):
    """Kinds of packets that a client sends."""

    HELLO = 0
    QUERY = 1
    DATA = 2
    CANCEL = 3
    PING = 4


class ToClient(IntEnum):
    """Kinds of packets that the server sends."""

    HELLO = 0
    DATA = 1
    EXCEPTION = 2
    PROGRESS = 3
    PONG = 4
    END_OF_STREAM = 5
    PROFILE = 6
    TOTALS = 7
    EXTREMES = 8
    PROFILE_EVENTS = 14
    TIMEZONE = 17


PROFILE_EVENTS = (
    Field("host_name", "String"),
    Field("current_time", "DateTime"),
    Field("thread_id", "UInt64"),
    Field("type", "Enum8('increment' = 1, 'gauge' = 2)"),
    Field("name", "String"),
    Field("value", "Int64"),
)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a query read and wrote since the packet before."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    elapsed_ns: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """The size of a result; rows_before_limit is None where the engine does not tell it."""

    rows: int = 0
    blocks: int = 0
    size_bytes: int = 0
    rows_before_limit: int | None = None

    def plus(self, rows: int, size_bytes: int) -> "Profile":
        """With one more block."""
        return Profile(self.rows + rows, self.blocks + 1, self.size_bytes + size_bytes)


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the server tells of itself."""

    version: tuple[int, int, int]
    timezone: str
    nonce: bytes  # 8 bytes


def hello(revision: int, greeting: Greeting) -> bytes:
    major, minor, patch = greeting.version
    parts = [
        number_bytes(ToClient.HELLO),
        text_bytes("ClickHouse"),
        number_bytes(major),
        number_bytes(minor),
        number_bytes(revisions.NEWEST),
    ]
    later = (
        (revisions.SERVER_TIMEZONE, text_bytes(greeting.timezone)),
        (revisions.SERVER_DISPLAY_NAME, text_bytes("embedded")),
        (revisions.VERSION_PATCH, number_bytes(patch)),
        (revisions.PASSWORD_RULES, number_bytes(0)),
        (revisions.INTERSERVER_SECRET_V2, greeting.nonce),
    )
    return b"".join(parts + [field for since, field in later if revision >= since])


def exception(error: EngineError) -> bytes:
    return b"".join(
        (
            number_bytes(ToClient.EXCEPTION),
            struct.pack("<i", error.code),
            text_bytes("DB::Exception"),
            text_bytes(error.message),
            text_bytes(""),  # no stack trace
            b"\0",  # no nested exception
        )
    )


def progress(revision: int, done: Progress) -> bytes:
    rows, size = number_bytes(done.read_rows), number_bytes(done.read_bytes)
    parts = [number_bytes(ToClient.PROGRESS), rows, size, rows]  # as many to read as were read
    if revision >= revisions.TOTAL_BYTES_IN_PROGRESS:
        parts.append(size)
    if revision >= revisions.WRITTEN_ROWS_IN_PROGRESS:
        parts += (number_bytes(done.written_rows), number_bytes(done.written_bytes))
    if revision >= revisions.ELAPSED_IN_PROGRESS:
        parts.append(number_bytes(done.elapsed_ns))
    return b"".join(parts)


def profile(result: Profile) -> bytes:
    is_limited = result.rows_before_limit is not None
    return b"".join(
        (
            number_bytes(ToClient.PROFILE),
            number_bytes(result.rows),
            number_bytes(result.blocks),
            number_bytes(result.size_bytes),
            bytes([is_limited]),
            number_bytes(result.rows_before_limit or 0),
            bytes([is_limited]),
        )
    )


def timezone(name: str) -> bytes:
    return number_bytes(ToClient.TIMEZONE) + text_bytes(name)
