"""The letter limit on a real stack: a worker that misreads its collector's records stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.demo.reference import Record
from streams.embedded.stack import Stack
from streams.eventlog.settle import settle
from streams.settings import Settings
from streams.warehouse.client import connect
from tests.builders import interaction, record
from tests.integration.live import publish, running_worker
from tests.processes import wait_until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("broker_jars"),
    pytest.mark.timeout(120),
]

RECORDS, PARTITIONS, WINDOW = 8_000, 4, 1_000


def misread() -> list[Record]:
    """As another version of the collector writes: a stage that this worker does not know."""
    made = [record(interaction(f"e{it}", visitor=f"v{it % 400}")) for it in range(RECORDS)]
    values = [(each.value or b"").replace(b'"visit"', b'"stroll"') for each in made]
    return [
        Record(0, 0, each.key, value, each.timestamp)
        for each, value in zip(made, values, strict=True)
    ]


def letters(settings: Settings) -> int:
    client = connect(settings)
    try:
        ((count,),) = client.execute("SELECT count() FROM dead_letters")
    finally:
        client.disconnect()
    return int(count)


def test_a_worker_that_misreads_stops_until_the_limit_is_lifted(tmp_path: Path) -> None:
    with Stack(tmp_path, workers=0, collector=False, console=False) as stack:
        publish(stack.settings, misread())
        with running_worker(stack) as worker:
            stopped = "expected at most 50% of what the collector wrote"
            wait_until(lambda: stopped in worker.program.log.read_text(errors="replace"))
            assert letters(stack.settings) < PARTITIONS * WINDOW
        with running_worker(stack, dead_letter_limit=1):
            settle(stack.settings, 60)
        assert letters(stack.settings) == RECORDS
