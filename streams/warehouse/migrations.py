"""Migrations: the declared steps of the tables, and whether a database belongs to them."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from streams.topics import SCHEMAS
from streams.warehouse.statements import statements

FOLDER = SCHEMAS / "clickhouse" / "migrations"
FILE = re.compile(r"(\d{4})_(\w+)\.up\.sql")


class MigrationError(RuntimeError):
    """The database and the code do not belong together, or ClickHouse refused a statement."""


class Migration(NamedTuple):
    """One numbered step, there and back; the checksum is the up file's."""

    version: int
    name: str
    up: tuple[str, ...]
    down: tuple[str, ...]
    checksum: str

    @property
    def title(self) -> str:
        """As its files are called."""
        return f"{self.version:04}_{self.name}"


class Progress(NamedTuple):
    """How far a database is with one version: `done` of `total` statements up, or down."""

    version: int
    name: str
    checksum: str
    up: bool
    done: int
    total: int

    @property
    def is_whole(self) -> bool:
        """Has every statement been done?"""
        return self.done == self.total

    @property
    def is_applied(self) -> bool:
        """Is it there, wholly?"""
        return self.up and self.is_whole

    @property
    def is_undone(self) -> bool:
        """Is it gone, wholly?"""
        return not self.up and self.is_whole


def declared_migrations(folder: Path = FOLDER) -> dict[int, Migration]:
    """The migrations of the folder by version, in order."""
    found = (FILE.fullmatch(file.name) for file in sorted(folder.glob("*.up.sql")))
    steps = [_read(folder, int(match[1]), match[2]) for match in found if match]
    return {step.version: step for step in steps}


def refuse_foreign(found: Mapping[int, Progress], known: Mapping[int, Migration]) -> None:
    """MigrationError when the database has what this code has not, or has otherwise."""
    for entry in found.values():
        if entry.is_undone:
            continue
        if entry.version not in known:
            raise MigrationError(
                f"the database has migration {entry.version:04}_{entry.name}, this code knows up "
                f"to {max(known, default=0):04}: the database is newer, update the code"
            )
        if entry.checksum != known[entry.version].checksum:
            raise MigrationError(
                f"migration {known[entry.version].title} was changed after it was applied: "
                "put it back as it was and write a new migration"
            )


def _read(folder: Path, version: int, name: str) -> Migration:
    up, down = (
        (folder / f"{version:04}_{name}.{way}.sql").read_text(encoding="utf-8")
        for way in ("up", "down")
    )
    checksum = hashlib.sha256(up.encode()).hexdigest()
    return Migration(version, name, statements(up), statements(down), checksum)
