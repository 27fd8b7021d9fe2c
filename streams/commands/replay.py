"""`stepthree replay`: all tables rebuilt from the log, and exchanged with the live ones."""

from __future__ import annotations

import asyncio
import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import aiokafka.errors
import click
from clickhouse_driver import Client
from clickhouse_driver.errors import Error
from kafka import TopicPartition
from kafka.errors import KafkaError
from kafka.protocol.consumer import OffsetSpec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from streams.codec.plan import UnknownPlan, decode_plan
from streams.eventlog.admin import BrokerError, administer
from streams.eventlog.group import is_empty
from streams.eventlog.offsets import folded_partitions, settled_partitions
from streams.settings import Settings, read_settings
from streams.warehouse.client import connect
from streams.warehouse.epochs import Epoch, newest_epoch, note_epoch, shadow_of, withdraw_epoch
from streams.warehouse.errors import one_line
from streams.warehouse.exchange import ExchangeError, exchange, is_begun
from streams.warehouse.migrate import migrate, pending
from streams.warehouse.migrations import MigrationError
from streams.worker.rebuild import Offsets, Rebuild, noted

LOOK_AGAIN_S: Final = 0.5
GRACE_S: Final = 5.0  # a worker that looked at the epoch just before it was noted has joined then
FAILURES: Final = (
    Error,
    OSError,
    KafkaError,
    aiokafka.errors.KafkaError,
    BrokerError,
    ExchangeError,
    MigrationError,
    UnknownPlan,
)
COLUMNS: Final = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
)


class Group(NamedTuple):
    """The live workers: what they have settled, and why they might settle more."""

    committed: Offsets
    busy: str


@click.command()
@click.option("--without-older", is_flag=True, help="Go on although the log has lost its begin.")
@click.option("--drop-old", is_flag=True, help="Drop the tables that earlier rebuilds replaced.")
def command(without_older: bool, drop_old: bool) -> None:
    """Rebuild all tables from the log into a database beside, then exchange them.

    The collector and the workers go on meanwhile. When the new tables are as far as the live ones,
    stop the workers (each with SIGTERM): the tables change places, and you start the workers again
    with the STEPTHREE_EPOCH that is told. A rebuild that was interrupted goes on where it was when
    it is started again. The old tables stay in <database>_epoch_N until --drop-old.

    \b
    Examples:
      stepthree replay
      stepthree audit && stepthree replay --drop-old
    """
    settings = read_settings()
    client = connect(settings)
    try:
        if drop_old:
            _drop_old(client, settings)
            return
        with _alone(settings.home / "rebuild"):
            _refuse_pending(settings)
            _replay(client, settings, without_older)
    except FAILURES as error:
        told = one_line(error) if isinstance(error, Error | OSError) else str(error)
        raise click.ClickException(f"{told}. Run it again: it goes on where it was") from error
    finally:
        client.disconnect()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder of rebuilds; the lock ends with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise click.ClickException(
                f"another `stepthree replay` is at work in {folder}: let it end, or end it"
            ) from error
        yield


def _refuse_pending(settings: Settings) -> None:
    """Tables change places, their journal stays: both databases must be migrated alike."""
    if missing := pending(settings):
        raise click.ClickException(
            f"expected all migrations in {settings.clickhouse_database}, found that "
            f"{', '.join(missing)} is not applied: run `stepthree migrate`, then this again"
        )


def _replay(client: Client, settings: Settings, without_older: bool) -> None:
    newest = newest_epoch(client)
    epoch = newest.number + 1 if newest.done else newest.number
    shadow = shadow_of(settings, epoch)
    migrate(shadow)
    beside = connect(shadow)
    try:
        if not is_begun(beside):
            if not newest.done:
                withdraw_epoch(client, newest)
            begins = _begins(settings, without_older)
            asyncio.run(_rebuild(client, beside, settings, shadow, begins))
        exchange(beside, settings.clickhouse_database, shadow.clickhouse_database)
    finally:
        beside.disconnect()
    note_epoch(client, Epoch(epoch, done=True))
    shutil.rmtree(shadow.store_folder, ignore_errors=True)
    click.echo(
        f"The tables are those of epoch {epoch}; the old ones stay in "
        f"{shadow.clickhouse_database}.\n"
        f"Start the workers with STEPTHREE_EPOCH={epoch}, then: stepthree settle && "
        "stepthree audit && stepthree replay --drop-old"
    )


async def _rebuild(
    client: Client, beside: Client, settings: Settings, shadow: Settings, begins: Offsets
) -> None:
    """Return when the shadow's tables are those of all that is settled, and nobody settles more."""
    progress = noted(beside)
    if not progress:
        shutil.rmtree(shadow.store_folder, ignore_errors=True)  # of a rebuild that was dropped
    epoch = Epoch(shadow.epoch, done=False)
    console = Console(stderr=True)
    async with Rebuild(shadow, begins, progress) as rebuild:
        with Progress(*COLUMNS, console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task("records rebuilt", total=None)

            async def catch_up() -> Group:
                """The group as it was before; all that it had settled is rebuilt."""
                group = await asyncio.to_thread(_look, settings)
                bar.update(task, total=sum(group.committed.values()))
                await rebuild.catch_up(group.committed, lambda n: bar.update(task, completed=n))
                return group

            told = ""
            while not is_begun(beside):
                group = await catch_up()
                if not group.busy:
                    note_epoch(client, epoch)
                    await asyncio.sleep(GRACE_S)
                    group = await catch_up()
                    if not group.busy or is_begun(beside):
                        return
                    withdraw_epoch(client, epoch)
                if group.busy != told:
                    told = group.busy
                    click.echo(f"All that is settled is rebuilt. {told}", err=True)
                await asyncio.sleep(LOOK_AGAIN_S)


def _look(settings: Settings) -> Group:
    """Members first: what an empty group has settled stays so."""
    with administer(settings) as admin:
        empty = is_empty(admin, settings.kafka_group)
        states = settled_partitions(admin, settings.kafka_group)
    committed = {TopicPartition(state.topic, state.partition): state.committed for state in states}
    if not empty:
        return Group(committed, STOP_WORKERS.format(group=settings.kafka_group))
    pending = [f"{it.topic}[{it.partition}]" for it in states if decode_plan(it.metadata)]
    return Group(committed, FINISH_PLANS.format(places=", ".join(pending)) if pending else "")


STOP_WORKERS: Final = (
    "Now stop all workers of group {group}: SIGTERM to each; with `stepthree up`: Ctrl-C, then "
    "`stepthree up --workers 0`, and this command again. The collector may go on. Waiting ..."
)
FINISH_PLANS: Final = (
    "A batch of {places} was begun and not finished: start a worker once more and stop it with "
    "SIGTERM, so that it is finished under the old epoch. Waiting ..."
)


def _begins(settings: Settings, without_older: bool) -> Offsets:
    """Where each partition begins; refused when records that the tables may hold are gone."""
    asked = folded_partitions()
    with administer(settings) as admin:
        found = admin.list_partition_offsets(dict.fromkeys(asked, OffsetSpec.EARLIEST))
    begins = {tp: found[tp].offset for tp in asked}
    cut = ", ".join(f"{tp.topic}[{tp.partition}] {at}" for tp, at in begins.items() if at)
    if cut and not without_older:
        raise click.ClickException(
            f"expected a log that begins at offset 0, found that it begins at {cut}: the rebuilt "
            "tables would lack what came before. With --without-older they will"
        )
    return begins


def _drop_old(client: Client, settings: Settings) -> None:
    newest = newest_epoch(client)
    if not newest.done:
        raise click.ClickException("the exchange is not finished: run `stepthree replay` first")
    names = [
        shadow_of(settings, number).clickhouse_database for number in range(2, newest.number + 1)
    ]
    found = (
        client.execute(
            "SELECT name FROM system.databases WHERE name IN {names:Array(String)}",
            {"names": names},
        )
        if names
        else []
    )
    for (name,) in found:
        client.execute(f"DROP DATABASE `{name}` SYNC")
        click.echo(f"dropped {name}")
    if not found:
        click.echo("no old tables are there")
