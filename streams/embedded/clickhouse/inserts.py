"""Inserts: a client's blocks on their way into the engine, their column bytes untouched.

All blocks of a statement are one insert of the engine, which cuts parts by its own settings, so
that a deduplication token covers them together.
"""

from collections.abc import Callable, Mapping
from typing import Any

from streams.embedded.clickhouse import revisions
from streams.embedded.clickhouse.channel import Channel
from streams.embedded.clickhouse.columns import Field
from streams.embedded.clickhouse.errors import EngineError, ErrorCode, from_engine, refusal
from streams.embedded.clickhouse.layout import expected_fields
from streams.embedded.clickhouse.packets import FromClient, Progress
from streams.embedded.clickhouse.session import BINDING_ERRORS, Parameters, Session
from streams.embedded.clickhouse.statements import STAGING_TABLE, Insert, StagedInsert

CHUNK_BYTES = 1 << 20  # gathered before the engine gets them

Opener = Callable[[], Any]


class Feed:
    """Bytes on their way into one INSERT; its first failure is kept and later bytes are let go.

    The insert opens with the first bytes, so that one without rows does not reach the engine.
    """

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._inserter: Any = None
        self._failure: EngineError | None = None
        self._parts: list[bytes] = []
        self._held_bytes = 0

    def keep(self, part: bytes) -> None:
        self._parts.append(part)
        self._held_bytes += len(part)
        if self._held_bytes >= CHUNK_BYTES:
            self.flush()

    def flush(self) -> None:
        chunk = b"".join(self._parts)
        self.forget()
        if not chunk or self._failure:
            return
        try:
            if self._inserter is None:
                self._inserter = self._opener()
            self._inserter.append(chunk)
        except (EngineError, *BINDING_ERRORS) as error:
            self._failure = from_engine(error)

    def forget(self) -> None:
        """Lets go what has not reached the engine, such as the empty block that ends the rows."""
        self._parts.clear()
        self._held_bytes = 0

    def check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def finish(self) -> Progress:
        """Ends the insert and returns what the engine wrote."""
        self.check()
        if self._inserter is None:
            return Progress()
        inserter, self._inserter = self._inserter, None
        try:
            written = inserter.finish()
        except BINDING_ERRORS as error:
            raise from_engine(error) from None
        return Progress(written_rows=written.rows_written, written_bytes=written.bytes_written)

    def cancel(self) -> None:
        if self._inserter is not None:
            self._inserter.cancel()


def insert_blocks(
    channel: Channel, session: Session, insert: Insert, settings: Mapping[str, str]
) -> None:
    """Settings stand in the statement: they differ with each insert that brings a token."""
    fields = expected_fields(session, insert)
    session.preferences.apply({})
    written = _receive(channel, fields, lambda: session.open_insert(insert, fields, settings))
    if written.written_rows and channel.revision >= revisions.WRITTEN_ROWS_IN_PROGRESS:
        channel.progress(written)


def insert_staged(
    channel: Channel, session: Session, staged: StagedInsert, params: Parameters
) -> None:
    """The rows wait in a temporary table: the engine takes streamed rows only without a SELECT."""
    session.query(f"CREATE TEMPORARY TABLE {STAGING_TABLE} ({staged.structure}) ENGINE = Memory")
    try:
        fields = session.described(f"TABLE {STAGING_TABLE}")
        waiting = Insert(STAGING_TABLE, "", "")
        _receive(channel, fields, lambda: session.open_insert(waiting, fields, {}))
        session.query(staged.sql, "Native", params)
    finally:
        session.query(f"DROP TEMPORARY TABLE {STAGING_TABLE}")


def _receive(channel: Channel, fields: list[Field], opener: Opener) -> Progress:
    """Tells the client the columns and passes its blocks on; returns what the engine wrote."""
    channel.header(fields)
    feed = Feed(opener)
    is_answered = channel.revision >= revisions.PROFILE_EVENTS_IN_INSERT
    try:
        while _next_block(channel, feed):
            feed.flush()
            if is_answered:  # an older client listens only after its last block
                feed.check()
                channel.profile_events()
        feed.forget()
        written = feed.finish()
    finally:
        feed.cancel()
    if is_answered:
        channel.profile_events()
    return written


def _next_block(channel: Channel, feed: Feed) -> bool:
    """Reads a block into the feed; False for the one that ends the rows."""
    kind = channel.next_packet()
    if kind == FromClient.CANCEL:
        raise refusal(ErrorCode.ABORTED, "The insert was cancelled.")
    if kind != FromClient.DATA:
        raise ConnectionError(f"a data packet was expected, found packet {kind}")
    _, shape = channel.read_block(feed.keep)
    return not shape.is_end()
