"""Engine: opened once per process; holds the data folder and remembers how tables are laid out."""

import fcntl
import json
import re
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import chdb
from chdb import ChdbError

from streams.embedded.clickhouse.columns import Fields
from streams.embedded.clickhouse.tokens import quoted

LayoutKey = tuple[str, ...]  # database, target and columns of an INSERT
PROCESS = re.compile(r"^PID: (\d+)", re.MULTILINE)


class Layouts:
    """The columns that INSERTs expect, remembered until any connection may have changed a table."""

    def __init__(self) -> None:
        self._found: dict[LayoutKey, Fields] = {}
        self.generation = 0

    def get(self, key: LayoutKey) -> Fields | None:
        return self._found.get(key)

    def keep(self, key: LayoutKey, fields: Fields, generation: int) -> None:
        """Remembers what was read in a generation, unless a table may have changed meanwhile."""
        if generation == self.generation:
            self._found[key] = fields

    def forget(self) -> None:
        self.generation += 1
        self._found.clear()


class DataFolderError(Exception):
    """The data folder can not be opened: another process holds it, or it is no folder."""


class Engine:
    """One connection of its own keeps the data folder open; one process at a time may do so."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keeper = self._open()
        self._keeper_lock = Lock()
        version, self.timezone = self._rows("SELECT version(), timezone()")[0]
        major, minor, patch = (int(part) for part in version.split(".")[:3])
        self.version = (major, minor, patch)
        self.known_settings = frozenset(
            name for (name,) in self._rows("SELECT name FROM system.settings")
        )
        self.layouts = Layouts()

    def connect(self) -> Any:
        """A connection of the binding, which ships no types."""
        return chdb.connect(str(self._path))

    def kill(self, marker: str) -> None:
        """Stops the query that ends with this marker; nothing happens if it has ended meanwhile."""
        with self._keeper_lock, suppress(ChdbError):
            self._keeper.query(f"KILL QUERY WHERE endsWith(query, {quoted(marker)}) ASYNC", "Null")

    def close(self) -> None:
        self._keeper.close()

    def _open(self) -> Any:
        if holder := _holder(self._path / "status"):
            raise DataFolderError(self._unusable(f"process {holder} using it"))
        try:
            return self.connect()
        except RuntimeError as error:
            reason = str(error).partition(", Stack trace")[0]
            raise DataFolderError(self._unusable(reason)) from error

    def _unusable(self, found: str) -> str:
        return f"a data folder that no process uses was expected at {self._path}, found {found}"

    def _rows(self, sql: str) -> list[list[str]]:
        with self._keeper_lock:
            answer = self._keeper.query(sql, "JSONCompact").bytes()
        rows: list[list[str]] = json.loads(answer)["data"]
        return rows


def _holder(status: Path) -> str | None:
    """The process that holds a data folder, by the file that the engine locks and writes its id to.

    Asked before the engine is, which would tell its own story on stderr.
    """
    if not status.is_file():
        return None
    with status.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # let go by closing the file
        except BlockingIOError:
            found = PROCESS.search(file.read())
            return found[1] if found else "of unknown id"
    return None
