"""A log that was cut: a worker without state goes on from where the log begins now."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from kafka import TopicPartition

from streams.demo.reference import Record
from streams.embedded.stack import Stack
from streams.eventlog.admin import administer
from streams.eventlog.offsets import settled
from streams.eventlog.settle import settle
from streams.settings import Settings
from streams.topics import INTERACTIONS
from tests.builders import interaction, record
from tests.integration.live import event_ids, publish, running_worker

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("broker_jars"),
    pytest.mark.timeout(120),
]


def visits(begin: int, end: int) -> list[Record]:
    """Visits of nine visitors with these numbers."""
    made = [record(interaction(f"e{it}", visitor=f"v{it % 9}")) for it in range(begin, end)]
    return [Record(0, 0, each.key, each.value, each.timestamp) for each in made]


def cut_log(settings: Settings, keep: int) -> None:
    """Delete all but the last `keep` records of each partition, as retention does."""
    with administer(settings) as admin:
        admin.delete_records(
            {
                TopicPartition(it.topic, it.partition): max(0, it.end - keep)
                for it in settled(settings)
                if it.topic == INTERACTIONS
            }
        )


@pytest.mark.parametrize("keep", [0, 5])
def test_a_worker_whose_state_is_lost_goes_on_where_the_log_begins(
    tmp_path: Path, keep: int
) -> None:
    with Stack(tmp_path, workers=0, collector=False, console=False) as stack:
        publish(stack.settings, visits(0, 100))
        with running_worker(stack):
            settle(stack.settings, 30)
        cut_log(stack.settings, keep)
        shutil.rmtree(stack.settings.store_folder / "worker-0")
        with running_worker(stack):
            publish(stack.settings, visits(100, 200))
            settle(stack.settings, 30, stalled_s=8)
        assert event_ids(stack.settings) == sorted(f"e{number}" for number in range(200))


def test_a_new_group_reads_from_where_the_log_begins(tmp_path: Path) -> None:
    with Stack(tmp_path, workers=0, collector=False, console=False) as stack:
        publish(stack.settings, visits(0, 100))
        cut_log(stack.settings, keep=5)
        kept = sum(it.behind for it in settled(stack.settings))
        with running_worker(stack):
            settle(stack.settings, 30, stalled_s=8)
        assert len(event_ids(stack.settings)) == kept
