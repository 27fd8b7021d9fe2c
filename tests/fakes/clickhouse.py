"""A fake of the ClickHouse client: keeps what was inserted, or fails as it is told."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event
from typing import Any, NamedTuple

from streams.settings import Settings


class Insert(NamedTuple):
    """One INSERT as it reached the client."""

    connection: int
    statement: str
    columns: tuple[tuple[Any, ...], ...]
    token: str


class FakeClickHouse:
    """The server: `errors` are raised in turn, None lets an insert pass; then all pass."""

    def __init__(self, errors: Sequence[Exception | None] = (), *, away: bool = False) -> None:
        self.inserts: list[Insert] = []
        self.settings: dict[str, Any] = {}
        self.connections = self.disconnections = 0
        self.asked = Event()
        self._errors, self._away = list(errors), away

    def connect(self, settings: Settings) -> FakeClient:
        """Another connection."""
        self.connections += 1
        return FakeClient(self, self.connections)

    def insert(self, found: Insert, settings: dict[str, Any]) -> None:
        """Acknowledged or refused; kept either way."""
        self.inserts.append(found)
        self.settings = settings
        self.asked.set()
        error = self._errors.pop(0) if self._errors else None
        if self._away:
            error = ConnectionRefusedError(111, "Connection refused")
        if error is not None:
            raise error


class FakeClient:
    """One connection; nothing may be asked of it once it is closed."""

    def __init__(self, server: FakeClickHouse, number: int) -> None:
        self._server, self._number, self._is_open = server, number, True

    def execute(
        self,
        statement: str,
        columns: Sequence[Sequence[Any]],
        *,
        columnar: bool,
        settings: dict[str, Any],
    ) -> None:
        """Columns, never rows."""
        assert columnar
        assert self._is_open
        values = tuple(tuple(column) for column in columns)
        token = settings["insert_deduplication_token"]
        self._server.insert(Insert(self._number, statement, values, token), settings)

    def disconnect(self) -> None:
        """For good."""
        self._is_open = False
        self._server.disconnections += 1
