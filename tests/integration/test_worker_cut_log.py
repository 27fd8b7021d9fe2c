"""A log that was cut: a worker whose state is lost with it goes on only when it is told to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from streams.demo.reference import Record
from streams.embedded.processes import Supervisor
from streams.embedded.stack import Stack
from streams.eventlog.offsets import settled
from streams.eventlog.settle import settle
from tests.builders import interaction, record
from tests.integration.live import (
    cut_log,
    event_ids,
    publish,
    refusal,
    running_worker,
    worker_of,
)

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("broker_jars"),
    pytest.mark.timeout(120),
]


def visits(begin: int, end: int) -> list[Record]:
    """Visits of nine visitors with these numbers."""
    made = [record(interaction(f"e{it}", visitor=f"v{it % 9}")) for it in range(begin, end)]
    return [Record(0, 0, each.key, each.value, each.timestamp) for each in made]


def test_a_worker_whose_state_is_lost_goes_on_in_a_cut_log_only_when_told_to(
    tmp_path: Path,
) -> None:
    with Stack(tmp_path, workers=0, collector=False, console=False) as stack:
        settings = stack.settings
        publish(settings, visits(0, 100))
        with running_worker(stack):
            settle(settings, 30)
        cut_log(settings, keep=5)
        shutil.rmtree(settings.store_folder / "worker-0")
        said = refusal(settings)
        assert "expected a state of the records below offset" in said
        with Supervisor() as supervisor:
            supervisor.wait_until_ready(supervisor.start(worker_of(settings, "--accept-loss")))
            publish(settings, visits(100, 200))
            settle(settings, 30, stalled_s=8)
        assert event_ids(settings) == sorted(f"e{number}" for number in range(200))


def test_a_log_that_was_emptied_is_accepted_once(tmp_path: Path) -> None:
    with Stack(tmp_path, workers=0, collector=False, console=False) as stack:
        settings = stack.settings
        publish(settings, visits(0, 100))
        with running_worker(stack):
            settle(settings, 30)
        publish(settings, visits(100, 200))
        cut_log(settings, keep=0)
        assert "were deleted before they were folded" in refusal(settings)
        with Supervisor() as supervisor:
            supervisor.wait_until_ready(supervisor.start(worker_of(settings, "--accept-loss")))
            settle(settings, 30, stalled_s=8)
        with running_worker(stack):
            publish(settings, visits(200, 300))
            settle(settings, 30, stalled_s=8)
        kept = [*range(100), *range(200, 300)]
        assert event_ids(settings) == sorted(f"e{number}" for number in kept)


def test_a_new_group_reads_from_where_the_log_begins(tmp_path: Path) -> None:
    with Stack(tmp_path, workers=0, collector=False, console=False) as stack:
        publish(stack.settings, visits(0, 100))
        cut_log(stack.settings, keep=5)
        kept = sum(it.behind for it in settled(stack.settings))
        with running_worker(stack):
            settle(stack.settings, 30, stalled_s=8)
        assert len(event_ids(stack.settings)) == kept
