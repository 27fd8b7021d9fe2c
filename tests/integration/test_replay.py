"""`stepthree replay` beside live traffic: damaged tables are right again, nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from clickhouse_driver import Client

from streams.__main__ import cli
from streams.demo.verdict import judge
from streams.embedded.stack import Stack
from streams.eventlog.settle import settle
from streams.settings import Settings
from streams.warehouse.check import check_tables
from streams.warehouse.client import connect
from streams.warehouse.epochs import EpochError, newest_epoch
from streams.warehouse.migrate import migrate
from tests.integration.live import publish, running_worker
from tests.oracle.random_log import random_log
from tests.processes import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

OWN = {"clickhouse_database": "rebuilt", "kafka_group": "rebuilt", "worker_session_s": 6.0}
DAMAGE = (
    "ALTER TABLE events DELETE WHERE offset % 7 = 0 SETTINGS mutations_sync = 2",
    "INSERT INTO journeys (tenant, campaign, visitor_key, received_at, sign)"
    " VALUES ('acme', 'c', 7, now64(3), 1)",
    "TRUNCATE TABLE receipts",
)


@pytest.fixture(scope="module")
def own(stack: Stack) -> Settings:
    """The session's log, and a group of workers with tables of its own."""
    settings = msgspec.structs.replace(stack.settings, **OWN, batch_rows=500)
    migrate(settings)
    return settings


class Replaying:
    """The command at work; `said` is what it wrote so far."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self._log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streams", "replay"],
                env=settings.child_environment(), stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self._log.read_text()

    def says(self, words: str) -> bool:
        assert self.process.poll() in (None, 0), self.said
        return words in self.said


@pytest.fixture
def replaying(own: Settings, tmp_path: Path) -> Iterator[Callable[[], Replaying]]:
    started: list[Replaying] = []

    def start() -> Replaying:
        started.append(Replaying(own, tmp_path / f"replay-{len(started)}.log"))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()


@pytest.fixture
def stop_traffic(own: Settings) -> Iterator[Callable[[], None]]:
    """Events keep coming until this is called."""
    over = threading.Event()

    def send() -> None:
        for seed in range(500, 900):
            if over.is_set():
                return
            publish(own, random_log(seed=seed, size=60), "live")
            over.wait(0.2)

    def stop() -> None:
        over.set()
        sender.join()

    sender = threading.Thread(target=send)
    sender.start()
    yield stop
    stop()


def word(settings: Settings, *arguments: str) -> Result:
    return CliRunner(env=settings.environment()).invoke(cli, arguments)


def rebuilt_events(client: Client) -> int:
    """How many stand in the tables beside."""
    [(count,)] = client.execute(
        "SELECT sum(total_rows) FROM system.tables"
        " WHERE database = 'rebuilt_epoch_2' AND name = 'events'"
    )
    return int(count or 0)


def test_damaged_tables_are_rebuilt_beside_live_traffic(
    stack: Stack,
    own: Settings,
    replaying: Callable[[], Replaying],
    stop_traffic: Callable[[], None],
) -> None:
    publish(own, random_log(seed=41, size=6_000), "past")
    with running_worker(stack, number=8, **OWN):
        settle(own, 90)
        client = connect(own)
        for statement in DAMAGE:
            client.execute(statement)
        assert word(own, "audit").exit_code == 1

        first = replaying()
        wait_until(lambda: first.says("") and rebuilt_events(client) > 500, 60)
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()
        second = replaying()
        wait_until(lambda: second.says("Now stop all workers of group rebuilt"), 90)
    wait_until(lambda: second.process.poll() is not None, 60)

    assert second.process.returncode == 0, second.said
    assert "Start the workers with STEPTHREE_EPOCH=2" in second.said
    assert newest_epoch(client) == (2, True)
    with pytest.raises(EpochError, match=r"expected STEPTHREE_EPOCH=2, .* found 1"):
        check_tables(own)
    new = msgspec.structs.replace(own, epoch=2)
    with running_worker(stack, number=8, **OWN, epoch=2):
        settle(new, 90)
        assert word(new, "audit").exit_code in (0, 3)  # holes are not provable while records move
        stop_traffic()
        settle(new, 90)
        audited = word(new, "audit")
        assert audited.exit_code == 0, audited.stdout
    assert judge(new).different == ()
    assert client.execute("SELECT min(epoch), max(epoch) FROM events") == [(2, 2)]
    dropped = word(new, "replay", "--drop-old")
    assert "dropped rebuilt_epoch_2" in dropped.stdout
    assert client.execute(
        "SELECT count() FROM system.databases WHERE name = 'rebuilt_epoch_2'"
    ) == [(0,)]
    client.disconnect()
