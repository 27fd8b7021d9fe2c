"""Warehouse: ClickHouse killed, away, slow, cut off, out of order, changed, and full."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from clickhouse_driver import Client

from streams.warehouse.client import connect
from tests.faults.errors import NotRunError
from tests.faults.proxy import HANG, LARGE_BYTES, MUTE, PASS, Proxy, slow
from tests.faults.registry import add, scenario
from tests.faults.run import Run

ANSWERS_LOST: Final = 4
DISK_BYTES: Final = 256 << 20
DISK_FULL: Final = ("no space left", "not_enough_space")
LEFT_BYTES: Final = 2 << 20  # so that some inserts still begin, and fail half-way
VIEWS: Final = ("accepted_by_minute_view", "funnel_by_minute_view")
REPLACED: Final = "ALTER TABLE {view} MODIFY QUERY {query}"
QUERY_OF: Final = (
    "SELECT as_select FROM system.tables WHERE database = {d:String} AND name = {v:String}"
)
MIGRATION: Final = (
    "ALTER TABLE events ADD COLUMN added_meanwhile LowCardinality(String) DEFAULT 'before'",
    "ALTER TABLE journeys ADD COLUMN added_too UInt32 DEFAULT acts + 1",
    "CREATE TABLE places (topic_partition Int32, place Int64) ENGINE = MergeTree ORDER BY place "
    "SETTINGS non_replicated_deduplication_window = 10000",
    "CREATE MATERIALIZED VIEW places_view TO places AS "
    "SELECT partition AS topic_partition, offset AS place FROM events",
)
PLACES: Final = "SELECT count(), uniqExact(topic_partition, place) FROM places"


@contextmanager
def behind_a_proxy(run: Run) -> Iterator[Proxy]:
    """One worker, and between it and ClickHouse a proxy; ends when all is settled."""
    with Proxy(run.settings.clickhouse_port) as proxy:
        run.start_worker(clickhouse_port=proxy.port)
        yield proxy
        proxy.mode = PASS
        run.settle_all()


def await_insert(run: Run, proxy: Proxy) -> None:
    """Until rows are with the server and no answer is."""
    run.until(lambda: proxy.busy, 30, "an insert under way")


@scenario()
def clickhouse_killed(run: Run) -> None:
    """In the midst of an insert, three times; it comes back with its data."""
    with behind_a_proxy(run) as proxy:
        for _ in range(3):
            run.pause(1, 4)
            await_insert(run, proxy)
            run.stack.kill("clickhouse")
            run.fault()
            run.pause(0, 1)
            run.stack.start_engine()


@scenario()
def clickhouse_and_worker_killed(run: Run) -> None:
    """Both at about the same time, three times."""
    run.start_worker()
    for _ in range(3):
        run.pause(2, 4)
        run.stack.kill("clickhouse")
        run.pause(0, 0.3)
        run.kill()
        run.stack.start_engine()
        run.start_worker()


def away(seconds: float, run: Run) -> None:
    """ClickHouse is gone for so long while traffic goes on."""
    run.start_worker()
    run.pause(2, 4)
    run.stack.kill("clickhouse")
    run.fault()
    time.sleep(seconds)
    run.stack.start_engine()


add("clickhouse-away", partial(away, 10))
add("clickhouse-away-long", partial(away, 120), quick=False)


@scenario(batch_rows=20_000)
def clickhouse_slow(run: Run) -> None:
    """Each insert takes between 0.2 and 5 s for a while."""
    with behind_a_proxy(run) as proxy:
        run.pause(1, 2)
        run.fault()
        proxy.mode = slow(lambda: run.random.uniform(0.2, 5), LARGE_BYTES)
        run.pause(12, 15)


@scenario()
def clickhouse_answers_lost(run: Run) -> None:
    """The server commits, the connection is cut, and nobody hears that it has."""
    with behind_a_proxy(run) as proxy:
        for lost in range(1, ANSWERS_LOST + 1):
            run.pause(0.5, 2)
            proxy.lose_answers(1)
            run.until(lambda lost=lost: proxy.lost == lost, 30, "an answer lost")
            run.fault()


@scenario()
def clickhouse_cut_off(run: Run) -> None:
    """The network goes silent in both directions, then in one, and cuts what was under way."""
    with behind_a_proxy(run) as proxy:
        for mode in (HANG, MUTE, MUTE):
            run.pause(1, 3)
            await_insert(run, proxy)
            proxy.mode = mode
            run.fault()
            run.pause(2, 5)
            proxy.cut()
            proxy.mode = PASS


@scenario()
def clickhouse_view_fails(run: Run) -> None:
    """One view of several throws for a while: its insert is written, its roll-up is not."""
    run.start_worker()
    for view in VIEWS:
        run.pause(2, 4)
        with closing_client(run) as client:
            asked = {"d": run.settings.clickhouse_database, "v": view}
            ((query,),) = client.execute(QUERY_OF, asked)
            broken = f"SELECT * FROM ({query}) WHERE throwIf(1, 'broken on purpose') = 0"
            client.execute(REPLACED.format(view=view, query=broken))
            run.fault()
            run.until(lambda: "broken on purpose" in log(run), 30, "a view that failed")
            run.pause(1, 3)
            client.execute(REPLACED.format(view=view, query=query))


@scenario()
def clickhouse_migrated(run: Run) -> None:
    """Columns, a table and its view are added while inserts go on."""
    run.start_worker()
    with closing_client(run) as client:
        for statement in MIGRATION:
            run.pause(1, 3)
            client.execute(statement)
            run.fault()
        run.settle_all()
        ((rows, places),) = client.execute(PLACES)
    assert rows == places > 0, f"expected each place once in the new table, found {rows}, {places}"


@scenario()
def clickhouse_disk_full(run: Run) -> None:
    """No space is left on the engine's disk for a while."""
    with small_disk(run) as disk:
        run.start_worker()
        run.pause(1, 3)
        ballast = disk / "ballast"
        fill(ballast)
        run.fault()
        run.until(lambda: is_full(run), 60, "an insert without space")
        run.pause(1, 3)
        ballast.unlink()
        run.settle_all()


@contextmanager
def small_disk(run: Run) -> Iterator[Path]:
    """The engine's data on a disk of its own in the block, and where it was afterwards."""
    disk = run.settings.home / "clickhouse"
    kept = run.settings.home / "kept"
    run.stack.stop("clickhouse")
    disk.rename(kept)
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(disk)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        raise NotRunError("a small disk needs the right to mount a tmpfs: run as root")
    try:
        shutil.copytree(kept, disk, symlinks=True, dirs_exist_ok=True)
        shutil.rmtree(kept)
        run.stack.start_engine()
        yield disk
        run.stack.stop("clickhouse")
        shutil.copytree(disk, kept, symlinks=True)
    finally:
        if "clickhouse" in run.stack.pids:
            run.stack.kill("clickhouse")
        subprocess.run(["umount", str(disk)], check=True)
    disk.rmdir()
    kept.rename(disk)
    run.stack.start_engine()


def fill(ballast: Path) -> None:
    """Until there is almost nothing left."""
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(1 << 20)):
                pass
        except OSError:
            file.truncate(file.tell() - LEFT_BYTES)


def is_full(run: Run) -> bool:
    """Has an insert failed for want of space?"""
    told = log(run).lower()
    return any(words in told for words in DISK_FULL)


@contextmanager
def closing_client(run: Run) -> Iterator[Client]:
    """A connection of our own, beside the worker's."""
    client = connect(run.settings)
    try:
        yield client
    finally:
        client.disconnect()


def log(run: Run) -> str:
    """What the worker has logged."""
    file = run.settings.home / "logs" / "worker-0.log"
    return file.read_text(encoding="utf-8", errors="replace")
