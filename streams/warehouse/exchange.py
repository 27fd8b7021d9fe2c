"""Exchange: the tables of two databases change places, each in one step, all of them or again.

Views belong to names and stay where they are: a view follows the table that its name now means.
What was done before an interruption is known by the tables' ids, which move with them. An exchange
done twice is undone: so ids are read before each table and once more after all.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

from clickhouse_driver import Client

OWN: Final = ("schema_migrations", "epochs", "rebuild_progress", "rebuild_exchange")
JOURNAL: Final = """
CREATE TABLE IF NOT EXISTS rebuild_exchange (name String, live UUID, shadow UUID)
ENGINE = MergeTree ORDER BY name SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
"""
IDS: Final = """
SELECT name, uuid FROM system.tables
WHERE database = {database:String} AND engine LIKE '%MergeTree' AND name NOT IN {own:Array(String)}
"""


class ExchangeError(RuntimeError):
    """The two databases do not have the same tables, or the tables do not stay in place."""


class Pair(NamedTuple):
    """A table's ids before the exchange."""

    name: str
    live: UUID
    shadow: UUID


def exchange(client: Client, live: str, shadow: str) -> list[str]:
    """Put the shadow's tables in the live ones' place; the client is one of the shadow database.

    Returns the tables exchanged now; an interrupted call is finished by the next one.
    """
    pairs = _journal(client, live, shadow)
    moved = []
    for pair in pairs:
        if _ids(client, live).get(pair.name) == pair.live:
            client.execute(f"EXCHANGE TABLES `{live}`.`{pair.name}` AND `{shadow}`.`{pair.name}`")
            moved.append(pair.name)
    _refuse_unmoved(pairs, _ids(client, live), live)
    return moved


def is_begun(client: Client) -> bool:
    """Has an exchange of this shadow database begun?"""
    client.execute(JOURNAL)
    [(count,)] = client.execute("SELECT count() FROM rebuild_exchange")
    return bool(count)


def _journal(client: Client, live: str, shadow: str) -> list[Pair]:
    """What stands where before the first table moves, written down in one insert."""
    if not is_begun(client):
        ids, others = _ids(client, live), _ids(client, shadow)
        if ids.keys() != others.keys():
            differing = ", ".join(sorted(ids.keys() ^ others.keys()))
            raise ExchangeError(
                f"expected the same tables in {live} and {shadow}, found a difference in "
                f"{differing}: run `stepthree migrate`, then `stepthree replay` again"
            )
        rows = [(name, ids[name], others[name]) for name in sorted(ids)]
        client.execute("INSERT INTO rebuild_exchange VALUES", rows)
    found = client.execute("SELECT name, live, shadow FROM rebuild_exchange ORDER BY name")
    return [Pair(*row) for row in found]


def _refuse_unmoved(pairs: list[Pair], now: dict[str, UUID], live: str) -> None:
    if unmoved := [pair.name for pair in pairs if now.get(pair.name) != pair.shadow]:
        raise ExchangeError(
            f"expected the rebuilt tables in {live}, found others as {', '.join(unmoved)}: "
            "another `stepthree replay` moves them too; end all but one"
        )


def _ids(client: Client, database: str) -> dict[str, UUID]:
    return dict(client.execute(IDS, {"database": database, "own": list(OWN)}))
