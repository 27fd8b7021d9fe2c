"""`stepthree audit` beside a worker: clean while it writes, and 1 once a row is gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import msgspec
import pytest
from click.testing import CliRunner, Result

from streams.__main__ import cli
from streams.embedded.stack import Stack
from streams.eventlog.settle import settle
from streams.settings import Settings
from streams.warehouse.client import connect
from streams.warehouse.migrate import migrate
from tests.integration.live import publish, running_worker
from tests.oracle.random_log import random_log

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

OWN = {"clickhouse_database": "audited", "kafka_group": "audited"}
Word = Callable[..., Result]


@pytest.fixture(scope="module")
def own(stack: Stack) -> Iterator[Settings]:
    """The session's log, and a group of workers with tables of its own."""
    settings = msgspec.structs.replace(stack.settings, **OWN)
    migrate(settings)
    with running_worker(stack, number=7, **OWN):
        yield settings


@pytest.fixture
def audit(own: Settings) -> Word:
    def run(*arguments: str) -> Result:
        return CliRunner(env=own.environment()).invoke(cli, ["audit", *arguments])

    return run


def wrong(result: Result) -> set[str]:
    return {finding["check"] for finding in json.loads(result.stdout) if finding["wrong"]}


def test_a_worker_at_work_is_no_fault_and_a_lost_row_is_one(own: Settings, audit: Word) -> None:
    publish(own, random_log(seed=31, size=6_000), "audited")
    beside = audit("--format", "json")
    assert wrong(beside) == set()
    assert beside.exit_code in (0, 3)  # holes are not provable while records move
    settle(own, 60)

    clean = audit()
    assert (clean.exit_code, clean.stdout.count("ok ")) == (0, 13), clean.stdout

    client = connect(own)
    client.execute(
        "ALTER TABLE events DELETE WHERE tenant = 'audited' AND offset ="
        " (SELECT max(offset) FROM events WHERE tenant = 'audited') SETTINGS mutations_sync = 2"
    )
    client.disconnect()
    damaged = audit("--format", "json")
    assert damaged.exit_code == 1
    assert {"holes", "accepted by minute"} <= wrong(damaged)
    assert "positions" not in wrong(damaged)
    assert audit("--tenant", "nobody").exit_code == 0
    told = audit()
    assert "wrong  holes" in told.stdout
    assert "-> the log is right: `stepthree replay`" in told.stdout


@pytest.mark.parametrize(
    "arguments", [("--since", "yesterday"), ("--since", "2026-02-01", "--until", "2026-01-01")]
)
def test_a_time_that_cannot_be_is_wrong_use(audit: Word, arguments: tuple[str, ...]) -> None:
    refused = audit(*arguments)
    assert refused.exit_code == 2
    assert "expected" in refused.stderr


def test_a_clickhouse_that_is_away_is_told(own: Settings) -> None:
    away = msgspec.structs.replace(own, clickhouse_port=1)
    result = CliRunner(env=away.environment()).invoke(cli, ["audit", "--tenant", "acme"])
    assert result.exit_code == 1
    assert "ClickHouse at 127.0.0.1:1" in result.stderr
