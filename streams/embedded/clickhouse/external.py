"""External tables: rows that come with a query and live as temporary tables while it runs."""

from collections.abc import Iterator
from contextlib import contextmanager

from streams.embedded.clickhouse.blocks import Shape
from streams.embedded.clickhouse.channel import Channel
from streams.embedded.clickhouse.errors import EngineError
from streams.embedded.clickhouse.packets import FromClient
from streams.embedded.clickhouse.session import Session
from streams.embedded.clickhouse.statements import Insert
from streams.embedded.clickhouse.tokens import identifier


class ExternalTables:
    """The tables of one query; a failure is kept until all of its blocks have been read."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._names: list[str] = []
        self._failure: EngineError | None = None

    def receive(self, channel: Channel) -> None:
        """Reads blocks up to the empty one, which every query has."""
        while True:
            kind = channel.next_packet()
            if kind != FromClient.DATA:
                raise ConnectionError(f"a data packet was expected, found packet {kind}")
            name, shape = channel.read_block(self._session.spool.write)
            if shape.is_end():
                break
            self._keep(name, shape)
        if self._failure:
            raise self._failure

    def drop(self) -> None:
        for name in self._names:
            self._session.query(f"DROP TEMPORARY TABLE IF EXISTS {identifier(name)}")

    def _keep(self, name: str, shape: Shape) -> None:
        try:
            if name not in self._names:
                self._create(name, shape)
            self._session.insert(Insert(identifier(name), "", ""), shape.fields, {})
        except EngineError as error:
            self._failure = error
            self._session.spool.clear()

    def _create(self, name: str, shape: Shape) -> None:
        columns = ", ".join(f"{identifier(column)} {spec}" for column, spec in shape.fields)
        self._session.query(
            f"CREATE TEMPORARY TABLE {identifier(name)} ({columns}) ENGINE = Memory"
        )
        self._names.append(name)


@contextmanager
def external_tables(channel: Channel, session: Session) -> Iterator[None]:
    tables = ExternalTables(session)
    try:
        tables.receive(channel)
        yield
    finally:
        tables.drop()
