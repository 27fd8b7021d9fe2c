"""Migrate: brings ClickHouse's tables to a declared version, up or down, one statement at a time.

ClickHouse has no transaction over statements, so `schema_migrations` notes each one when it is
done: a migration that was interrupted is taken up where it stopped.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec
from clickhouse_driver import Client
from clickhouse_driver.errors import Error, ErrorCodes, ServerException

from streams.settings import Settings
from streams.warehouse.client import connect
from streams.warehouse.errors import one_line
from streams.warehouse.migrations import (
    Migration,
    MigrationError,
    Progress,
    declared_migrations,
    refuse_foreign,
)

DONE_BEFORE = {ErrorCodes.TABLE_ALREADY_EXISTS, ErrorCodes.UNKNOWN_TABLE}
UNHURRIED = {"max_execution_time": 0}
JOURNAL = """
CREATE TABLE IF NOT EXISTS schema_migrations
(
    step     UInt64               COMMENT 'order of these rows; the highest of a version counts',
    version  UInt32,
    name     String,
    checksum String               COMMENT 'sha256 of the up file',
    up       Bool                 COMMENT 'false: the migration is being undone',
    done     UInt32               COMMENT 'statements done, of `total`',
    total    UInt32,
    at       DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY step
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
"""
LATEST = """
SELECT version, argMax(name, step), argMax(checksum, step), argMax(up, step),
       argMax(done, step), argMax(total, step)
FROM schema_migrations
GROUP BY version
"""
NOTE = "INSERT INTO schema_migrations (step, version, name, checksum, up, done, total) VALUES"


def migrate(settings: Settings, to: int | None = None) -> list[str]:
    """Go up or down to version `to` (default: the newest); one line for each migration done."""
    known = declared_migrations()
    target = max(known, default=0) if to is None else to
    if target and target not in known:
        raise MigrationError(f"expected a version from 0 to {max(known)}, found {target}")
    with _refusals_told(settings):
        client = _open(settings)
        found = _read(client)
        refuse_foreign(found, known)
        return list(_go(client, found, known, target))


def pending(settings: Settings) -> list[str]:
    """The migrations that are not applied, without applying them; raises as `migrate` does."""
    known = declared_migrations()
    with _refusals_told(settings):
        client = connect(settings)
        [(begun,)] = client.execute("EXISTS TABLE schema_migrations")
        found = _read(client) if begun else {}
        client.disconnect()
    refuse_foreign(found, known)
    applied = {version for version, entry in found.items() if entry.is_applied}
    return [step.title for version, step in known.items() if version not in applied]


@contextmanager
def _refusals_told(settings: Settings) -> Iterator[None]:
    try:
        yield
    except (Error, OSError) as error:
        where = f"{settings.clickhouse_host}:{settings.clickhouse_port}"
        raise MigrationError(f"ClickHouse at {where}: {one_line(error)}") from error


def _open(settings: Settings) -> Client:
    """A connection to the settings' database and its journal, both created when missing."""
    server = connect(msgspec.structs.replace(settings, clickhouse_database=""))
    server.execute(f"CREATE DATABASE IF NOT EXISTS `{settings.clickhouse_database}`")
    server.disconnect()
    client = connect(settings)
    client.execute(JOURNAL)
    return client


def _read(client: Client) -> dict[int, Progress]:
    return {row[0]: Progress(*row) for row in client.execute(LATEST)}


def _go(
    client: Client, found: Mapping[int, Progress], known: Mapping[int, Migration], target: int
) -> Iterator[str]:
    """Undo what is above the target or half undone, latest first; then apply what is missing."""
    state = dict(found)
    for version in sorted(found, reverse=True):
        half_undone = not state[version].up
        if not state[version].is_undone and (version > target or half_undone):
            _undo(client, known[version], state.pop(version))
            yield f"{known[version].title} undone"
    for version in sorted(known):
        entry = state.get(version)
        if version <= target and not (entry and entry.is_applied):
            _apply(client, known[version], entry)
            yield f"{known[version].title} applied"


def _apply(client: Client, step: Migration, entry: Progress | None) -> None:
    """From the start, or from where an interrupted one stopped."""
    begun = entry is not None and entry.up
    _run(client, step, up=True, done=entry.done if entry and begun else 0, resumed=begun)


def _undo(client: Client, step: Migration, entry: Progress) -> None:
    """An interrupted one, there or back, may lack any of its tables."""
    done = 0 if entry.up else entry.done
    _run(client, step, up=False, done=done, resumed=not entry.is_applied)


def _run(client: Client, step: Migration, *, up: bool, done: int, resumed: bool) -> None:
    """Run the statements after the first `done`, noting each.

    A resumed run may meet a statement that was done and not noted.
    """
    parts = step.up if up else step.down
    _note(client, step, up, done, len(parts))
    for number, statement in enumerate(parts[done:], start=done + 1):
        try:
            client.execute(statement, settings=UNHURRIED)
        except ServerException as error:
            if not (resumed and error.code in DONE_BEFORE):
                raise
        _note(client, step, up, number, len(parts))


def _note(client: Client, step: Migration, up: bool, done: int, total: int) -> None:
    [(latest,)] = client.execute("SELECT max(step) FROM schema_migrations")
    row = (latest + 1, step.version, step.name, step.checksum, up, done, total)
    client.execute(NOTE, [row])
