"""Requests: what a client says, read field by field at the revision that both sides know."""

from dataclasses import dataclass
from typing import NamedTuple

from streams.embedded.clickhouse import revisions
from streams.embedded.clickhouse.errors import ErrorCode, stream_lost
from streams.embedded.clickhouse.tokens import unquoted
from streams.embedded.clickhouse.wire import Source

TCP = 1
TRACE_CONTEXT_IDS_BYTES = 24
IMPORTANT = 1  # flag of a setting: an error if the server does not know it


@dataclass(frozen=True, slots=True)
class Hello:
    """Who a client is and which database it starts in."""

    revision: int
    database: str
    user: str
    password: str


class Setting(NamedTuple):
    value: str
    is_important: bool


@dataclass(frozen=True, slots=True)
class Query:
    """One statement as a client sends it; its external tables or rows follow in blocks."""

    sql: str
    settings: dict[str, Setting]
    parameters: dict[str, str]
    compressed: bool


def read_hello(source: Source) -> Hello:
    source.text()  # the client's name
    source.number()  # its version
    source.number()
    client_revision = source.number()
    database, user, password = source.text(), source.text(), source.text()
    return Hello(min(revisions.NEWEST, client_revision), database, user, password)


def read_query(source: Source, revision: int) -> Query:
    source.text()  # the query's id, which the engine can not be given
    if revision >= revisions.CLIENT_INFO:
        _pass_client_info(source, revision)
    settings = read_settings(source, revision)
    if revision >= revisions.INTERSERVER_SECRET:
        source.text()
    source.number()  # the stage up to which to run: always complete
    compressed = bool(source.number())
    sql = source.text_or_bytes()
    parameters = read_settings(source, revision) if revision >= revisions.PARAMETERS else {}
    if isinstance(sql, bytes):
        raise stream_lost(ErrorCode.SYNTAX_ERROR, "Syntax error: the query is not UTF-8.")
    values = {name: unquoted(value) for name, (value, _) in parameters.items()}
    return Query(sql, settings, values, compressed)


def read_settings(source: Source, revision: int) -> dict[str, Setting]:
    """Names and values up to an empty name; old clients send numbers, without flags."""
    settings = {}
    while name := source.text():
        if revision >= revisions.SETTINGS_AS_STRINGS:
            flags = source.number()
            settings[name] = Setting(source.text(), bool(flags & IMPORTANT))
        else:
            settings[name] = Setting(str(source.number()), False)
    return settings


def _pass_client_info(source: Source, revision: int) -> None:
    """Nothing in it changes an answer."""
    if not source.unsigned(1):  # kind of query: none
        return
    _pass_texts(source, 3)  # first user, query id and address
    if revision >= revisions.INITIAL_QUERY_START_TIME:
        source.skip(8)
    if (interface := source.unsigned(1)) != TCP:
        raise stream_lost(
            ErrorCode.UNEXPECTED_PACKET_FROM_CLIENT,
            f"A client's interface was expected to be TCP ({TCP}), found {interface}.",
        )
    _pass_texts(source, 3)  # its user, host and name
    _pass_numbers(source, 3)  # its version and revision
    _pass_later_client_info(source, revision)


def _pass_later_client_info(source: Source, revision: int) -> None:
    if revision >= revisions.QUOTA_KEY_IN_CLIENT_INFO:
        source.text()
    if revision >= revisions.DISTRIBUTED_DEPTH:
        source.number()
    if revision >= revisions.VERSION_PATCH:
        source.number()
    if revision >= revisions.OPENTELEMETRY and source.unsigned(1):
        source.skip(TRACE_CONTEXT_IDS_BYTES)
        source.text()  # the trace's state
        source.skip(1)  # its flags
    if revision >= revisions.PARALLEL_REPLICAS:
        _pass_numbers(source, 3)


def _pass_texts(source: Source, count: int) -> None:
    for _ in range(count):
        source.text()


def _pass_numbers(source: Source, count: int) -> None:
    for _ in range(count):
        source.number()
