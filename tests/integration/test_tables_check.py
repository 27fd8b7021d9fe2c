"""The worker's look at the tables before it starts."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from streams.settings import Settings
from streams.warehouse.check import check_tables, epoch_is_known
from streams.warehouse.client import connect
from streams.warehouse.epochs import EpochError
from streams.warehouse.migrate import migrate

pytestmark = pytest.mark.integration


@pytest.fixture
def own(settings: Settings) -> Settings:
    """Tables of the test's own."""
    found = msgspec.structs.replace(settings, clickhouse_database="tables_check")
    migrate(found)
    return found


def test_declared_tables_are_good(settings: Settings) -> None:
    check_tables(settings)


def test_a_worker_refuses_tables_in_which_a_repeated_insert_counts_twice(own: Settings) -> None:
    connect(own).execute("CREATE TABLE twice (a UInt8) ENGINE = MergeTree ORDER BY a")
    worker = subprocess.run(
        [sys.executable, "-m", "streams", "worker"],
        env=own.child_environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert worker.returncode == 2
    assert "found none on twice" in worker.stderr


def test_a_clickhouse_that_is_away_is_no_reason_to_refuse(settings: Settings) -> None:
    check_tables(msgspec.structs.replace(settings, clickhouse_port=1))


def test_no_lane_opens_before_clickhouse_has_said_of_which_epoch_its_tables_are(
    settings: Settings,
) -> None:
    assert epoch_is_known(settings)
    assert not epoch_is_known(msgspec.structs.replace(settings, clickhouse_port=1))
    with pytest.raises(EpochError, match="found 7"):
        epoch_is_known(msgspec.structs.replace(settings, epoch=7))
