"""Holes: a log with transactions has offsets without records; a worker passes and counts them."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest
from confluent_kafka import Producer

from streams.embedded.processes import Child
from streams.embedded.stack import Stack
from streams.eventlog.settle import settle
from streams.settings import Settings
from streams.topics import INTERACTIONS
from tests.builders import interaction, record
from tests.integration.live import event_ids, running_worker

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("broker_jars"),
    pytest.mark.timeout(120),
]
METRIC = "stepthree_worker_missing_offsets_total"


def publish_in_transactions(settings: Settings, numbers: range) -> None:
    """One visit in each transaction, all to partition 0; each leaves a marker after it."""
    producer = Producer(
        {"bootstrap.servers": settings.kafka_bootstrap, "transactional.id": "somebody-else"}
    )
    producer.init_transactions(20)
    for number in numbers:
        visit = record(interaction(f"e{number}"))
        producer.begin_transaction()
        producer.produce(INTERACTIONS, visit.value, visit.key, partition=0)
        producer.commit_transaction(20)


def missing_offsets(worker: Child) -> float:
    """What the worker says of all partitions."""
    port = worker.program.environment["STEPTHREE_WORKER_METRICS_PORT"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(METRIC + "{"))


def test_markers_of_transactions_are_passed_counted_and_settled(
    tmp_path: Path,
) -> None:
    with Stack(tmp_path, workers=0, collector=False, console=False) as stack:
        with running_worker(stack) as worker:
            publish_in_transactions(stack.settings, range(4))
            settle(stack.settings, 60)
            assert missing_offsets(worker) == 4
        assert event_ids(stack.settings) == ["e0", "e1", "e2", "e3"]
