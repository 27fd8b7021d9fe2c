"""Inserts: a client's blocks on their way into the engine, their column bytes untouched.

All blocks of a statement are one insert of the engine, which gets them when the last one is there:
a client that leaves half way has inserted nothing, and a deduplication token covers all its rows.
"""

from streams.embedded.clickhouse import revisions
from streams.embedded.clickhouse.channel import Channel
from streams.embedded.clickhouse.columns import Fields
from streams.embedded.clickhouse.errors import ErrorCode, refusal
from streams.embedded.clickhouse.layout import expected_fields
from streams.embedded.clickhouse.packets import FromClient
from streams.embedded.clickhouse.session import Parameters, Session
from streams.embedded.clickhouse.spool import Spool
from streams.embedded.clickhouse.statements import STAGING_TABLE, Insert, StagedInsert


def insert_blocks(
    channel: Channel, session: Session, insert: Insert, settings: dict[str, str]
) -> None:
    """Settings stand in the statement: they differ with each insert that brings a token."""
    fields = expected_fields(session, insert)
    session.preferences.apply({})
    receive_rows(channel, fields, session.spool)
    written = session.insert(insert, fields, settings)
    _answer_block(channel)
    if written.written_rows and channel.revision >= revisions.WRITTEN_ROWS_IN_PROGRESS:
        channel.progress(written)


def insert_staged(
    channel: Channel, session: Session, staged: StagedInsert, params: Parameters
) -> None:
    """The rows wait in a temporary table: a SELECT can not read them from the spool."""
    session.query(f"CREATE TEMPORARY TABLE {STAGING_TABLE} ({staged.structure}) ENGINE = Memory")
    try:
        fields = session.described(f"TABLE {STAGING_TABLE}")
        receive_rows(channel, fields, session.spool)
        session.insert(Insert(STAGING_TABLE, "", ""), fields, {})
        session.query(staged.sql, "Native", params)
    finally:
        session.query(f"DROP TEMPORARY TABLE {STAGING_TABLE}")
    _answer_block(channel)


def receive_rows(channel: Channel, fields: Fields, spool: Spool) -> None:
    """Tells the client the columns and takes its blocks, up to the one that ends them."""
    spool.clear()
    channel.header(fields)
    while True:
        kind = channel.next_packet()
        if kind == FromClient.CANCEL:
            raise refusal(ErrorCode.ABORTED, "The insert was cancelled.")
        if kind != FromClient.DATA:
            raise ConnectionError(f"a data packet was expected, found packet {kind}")
        _, shape = channel.read_block(spool.write)
        if shape.is_end():
            return
        _answer_block(channel)


def _answer_block(channel: Channel) -> None:
    """A client waits for profile events after each block; an older one for nothing."""
    if channel.revision >= revisions.PROFILE_EVENTS_IN_INSERT:
        channel.profile_events()
