"""Session: one connection's view of the engine: its database, settings and temporary tables."""

import json
from collections.abc import Generator, Mapping
from typing import Any, NamedTuple

from streams.embedded.clickhouse.columns import Field, Fields
from streams.embedded.clickhouse.engine import Engine
from streams.embedded.clickhouse.errors import EngineError, from_engine
from streams.embedded.clickhouse.packets import Progress
from streams.embedded.clickhouse.preferences import Preferences
from streams.embedded.clickhouse.spool import Spool
from streams.embedded.clickhouse.statements import Insert
from streams.embedded.clickhouse.tokens import identifier, quoted

BINDING_ERRORS = (RuntimeError, UnicodeDecodeError)  # the latter for an error text not in UTF-8
# One block is read from memory: threads to read it cost a small insert 0.7 of its 5 ms.
INSERT_SETTINGS = {"max_threads": "1"}

Parameters = Mapping[str, str]


class Chunk(NamedTuple):
    """A piece of a result, and what the engine read since the piece before."""

    native: bytes
    read_rows: int
    read_bytes: int


class Session:
    """Not safe for several threads at once: a connection has one query at a time."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._connection = engine.connect()
        self.preferences = Preferences(self.query, self._chosen_by_hand)
        self.database = "default"
        self.spool = Spool()
        self._side: Session | None = None

    def close(self) -> None:
        if self._side:
            self._side.close()
        self._connection.close()
        self.spool.close()

    def query(self, sql: str, output: str = "Native", params: Parameters | None = None) -> Any:
        """The binding's whole result, in a format of the engine."""
        try:
            return self._connection.query(sql, output, params=dict(params or {}))
        except BINDING_ERRORS as error:
            raise from_engine(error) from None

    def json(self, sql: str, params: Parameters | None = None) -> dict[str, Any]:
        """The result in the shape of the engine's JSONCompact."""
        answer = self.query(sql, "JSONCompact", params).bytes()
        found: dict[str, Any] = json.loads(answer) if answer else {"meta": [], "data": []}
        return found

    def use(self, database: str) -> None:
        self.query(f"USE {identifier(database)}")
        self.database = database

    def notice_use(self) -> None:
        """After a USE by hand."""
        self.database = self.json("SELECT currentDatabase()")["data"][0][0]

    def chunks(self, sql: str, params: Parameters) -> Generator[Chunk]:
        """A SELECT's result as it comes; closing the generator cancels the query.

        Goes below the binding's StreamingResult, which hides what its last, empty chunk tells of
        the rows read.
        """
        try:
            result = self._connection.send_query(sql, "Native", params=dict(params))
            raw, running = result._conn, result._result
            try:
                while (chunk := raw.streaming_fetch_result(running)) is not None:
                    is_last = not chunk.rows_read()
                    if is_last:
                        running = None
                    native = b"" if is_last else chunk.bytes()
                    yield Chunk(native, chunk.storage_rows_read(), chunk.storage_bytes_read())
                    if is_last:
                        return
                running = None
            finally:
                result._exhausted = True
                if running is not None:
                    raw.streaming_cancel_query(running)
        except BINDING_ERRORS as error:
            raise from_engine(error) from None

    def structure(self, sql: str, params: Parameters) -> Fields:
        """The columns of a SELECT."""
        return self.described(f"({sql}\n)", params)

    def described(self, what: str, params: Parameters | None = None) -> Fields:
        rows = self.json(f"DESCRIBE {what}", params)["data"]
        return tuple(Field(row[0], row[1]) for row in rows)

    def full_types(self, sql: str, params: Parameters) -> list[str]:
        """Types of a SELECT's columns, asked beside the running query.

        None for a query over temporary tables, which another session does not see.
        """
        try:
            return [spec for _, spec in self._beside().structure(sql, params)]
        except EngineError:
            return []

    def insert(self, insert: Insert, fields: Fields, settings: dict[str, str]) -> Progress:
        """Inserts the Native blocks in the spool, which is empty then; returns what was written."""
        if not self.spool.size_bytes:
            return Progress()
        names = ", ".join(identifier(name) for name, _ in fields)
        chosen = INSERT_SETTINGS | settings
        assignments = [f"{name} = {quoted(value)}" for name, value in chosen.items()]
        if insert.settings:
            assignments.append(insert.settings)
        clause = ", ".join(assignments)
        self.spool.flush()
        try:
            written = self.query(
                f"INSERT INTO {insert.target} ({names}) FROM INFILE {quoted(self.spool.path)} "
                f"SETTINGS {clause} FORMAT Native"
            )
        finally:
            self.spool.clear()
        return Progress(written_rows=written.rows_written(), written_bytes=written.bytes_written())

    def _beside(self) -> "Session":
        if self._side is None:
            self._side = Session(self.engine)
        if self._side.database != self.database:
            self._side.use(self.database)
        return self._side

    def _chosen_by_hand(self, name: str) -> str:
        sql = f"SELECT value, changed FROM system.settings WHERE name = {quoted(name)}"
        ((value, is_changed),) = self.json(sql)["data"]
        return quoted(value) if int(is_changed) else "DEFAULT"
