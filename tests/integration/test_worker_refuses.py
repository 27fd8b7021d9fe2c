"""Refusals: a worker does not fold a log that lost records, or that is not the one it knows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from streams.demo.reference import Record
from streams.embedded.processes import Supervisor
from streams.embedded.stack import Stack
from streams.eventlog.admin import administer
from streams.eventlog.settle import settle
from streams.eventlog.topics import apply_topics
from streams.settings import Settings
from streams.topics import INTERACTIONS
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
    pytest.mark.timeout(180),
]


def doctors_word(settings: Settings) -> str:
    """What doctor says of this log."""
    ended = subprocess.run(
        [sys.executable, "-m", "streams", "doctor"],
        env=settings.child_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return next(line for line in ended.stdout.splitlines() if " log: " in line)


def publish_visits(settings: Settings, begin: int, end: int) -> None:
    """Visits with these numbers, of one visitor: all in one partition."""
    made = [record(interaction(f"e{number:02}")) for number in range(begin, end)]
    publish(settings, [Record(0, 0, each.key, each.value, each.timestamp) for each in made])


def test_a_log_that_is_not_as_it_was_left_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with Stack(tmp_path, workers=0, collector=False, console=False) as stack:
        settings = stack.settings
        publish_visits(settings, 0, 10)
        with running_worker(stack):
            settle(settings, 30)
        assert doctors_word(settings).startswith("ok")

        publish_visits(settings, 10, 20)
        cut_log(settings, keep=1)
        said = refusal(settings)
        assert "expected the records from offset 10 on, found a log that begins at 19" in said
        assert "found a log that begins at 19" in doctors_word(settings)
        assert "`stepthree worker --accept-loss` goes on without them" in said
        with Supervisor() as supervisor:
            supervisor.wait_until_ready(supervisor.start(worker_of(settings, "--accept-loss")))
            settle(settings, 30)
        assert event_ids(settings) == [*(f"e{number:02}" for number in range(10)), "e19"]

        with administer(settings) as admin:
            admin.delete_topics([INTERACTIONS])
        apply_topics(settings)
        assert "it was deleted and made anew" in refusal(settings, "--accept-loss")
        assert "it was deleted and made anew" in doctors_word(settings)

        with administer(settings) as admin:
            admin.create_partitions({INTERACTIONS: 6})
        assert "expected 4 partitions, found 6" in refusal(settings, "--accept-loss")
