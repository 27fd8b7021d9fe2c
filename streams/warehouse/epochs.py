"""Epochs: which rebuild of the tables is in force, and where the next one is made.

The table `epochs` is the database's own account and is never exchanged. A worker of another epoch
would go on from a state that the tables do not stand for.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
from clickhouse_driver import Client

from streams.settings import Settings

NEWEST: Final = "SELECT epoch, max(done) FROM epochs GROUP BY epoch ORDER BY epoch DESC LIMIT 1"


class Epoch(NamedTuple):
    """A rebuild's number; not done: its tables are being exchanged."""

    number: int = 1
    done: bool = True


class EpochError(RuntimeError):
    """The settings' epoch is not the one of the tables."""


def newest_epoch(client: Client) -> Epoch:
    """The epoch of the tables; the first while nothing was rebuilt."""
    rows = client.execute(NEWEST)
    return Epoch(int(rows[0][0]), bool(rows[0][1])) if rows else Epoch()


def note_epoch(client: Client, epoch: Epoch) -> None:
    """Write it down; once more is no harm."""
    client.execute("INSERT INTO epochs (epoch, done) VALUES", [(epoch.number, int(epoch.done))])


def withdraw_epoch(client: Client, epoch: Epoch) -> None:
    """Take back what was noted of it, before any table was exchanged."""
    client.execute(
        "ALTER TABLE epochs DELETE WHERE epoch = {epoch:UInt16}",
        {"epoch": epoch.number},
        settings={"mutations_sync": 2},
    )


def refuse_other_epoch(client: Client, epoch: int) -> None:
    """EpochError unless the tables are those of this epoch, wholly."""
    [(there,)] = client.execute("EXISTS TABLE epochs")
    if not there:
        raise EpochError("expected the table epochs, found none: run `stepthree migrate`")
    found = newest_epoch(client)
    if not found.done:
        raise EpochError(
            f"the tables of epoch {found.number} are being put in place: run `stepthree replay` "
            "again, it goes on where it stopped"
        )
    if found.number != epoch:
        raise EpochError(
            f"expected STEPTHREE_EPOCH={found.number}, the epoch of the tables, found {epoch}: "
            f"set it to {found.number} for every worker"
        )


def shadow_of(settings: Settings, epoch: int) -> Settings:
    """Where that epoch's tables are made, with a state of its own."""
    return msgspec.structs.replace(
        settings,
        epoch=epoch,
        clickhouse_database=f"{settings.clickhouse_database}_epoch_{epoch}",
        worker_store=settings.home / "rebuild" / f"epoch-{epoch}",
        state_url="",
    )
