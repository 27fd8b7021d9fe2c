"""A worker whose files are gone goes on from the newest checkpoint, and the tables stay right."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import msgspec
import pytest

from streams.embedded.stack import Stack
from streams.eventlog.settle import settle
from streams.settings import Settings
from streams.topics import INTERACTIONS
from streams.worker.archive import Manifest
from tests.integration.live import differences_once_settled, publish, running_worker
from tests.oracle.random_log import random_log
from tests.processes import wait_until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("broker_jars"),
    pytest.mark.timeout(120),
]
PARTITIONS = 4
OPENED = re.compile(rf"{INTERACTIONS}', partition=(\d+)\): open at (\d+),")


def checkpoints(archive: Path) -> dict[int, int]:
    """The newest checkpoint's offset by partition."""
    found = [
        msgspec.json.decode(path.read_bytes(), type=Manifest)
        for path in sorted(archive.glob("epoch-1/*/manifests/*.json"))
    ]
    return {manifest.partition: manifest.offset for manifest in found}


def opened_at(log: str) -> dict[int, int]:
    """Where a worker's lanes began to read, by partition."""
    return {int(partition): int(offset) for partition, offset in OPENED.findall(log)}


def test_a_worker_without_its_files_reads_only_what_came_after_the_checkpoint(
    tmp_path: Path,
) -> None:
    archive, base = tmp_path / "archive", Settings(batch_rows=100, log_level="INFO")
    own = {"state_url": str(archive), "checkpoint_every_s": 0.2}
    with Stack(tmp_path, workers=0, collector=False, console=False, base=base) as stack:
        log = tmp_path / "logs" / "worker-0.log"
        with running_worker(stack, **own):
            publish(stack.settings, random_log(seed=31, size=4_000))
            wait_until(lambda: len(checkpoints(archive)) == PARTITIONS, 30)
            publish(stack.settings, random_log(seed=32, size=1_000))
            settle(stack.settings, 30)
            stack.kill("worker-0")
        shutil.rmtree(stack.settings.store_folder / "worker-0")
        kept = checkpoints(archive)
        publish(stack.settings, random_log(seed=33, size=1_000))
        with running_worker(stack, **own):
            assert differences_once_settled(stack.settings) == ()
        text = log.read_text()
        assert text.count("restored the checkpoint at") == PARTITIONS
        assert opened_at(text) == kept
