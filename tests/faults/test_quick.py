"""The quick tier: one stack, every crash point after the other, and one verdict."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.faults import worker
from tests.faults.registry import Scenario
from tests.faults.run import Run, play

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

EVENTS = 12_000


def crash_everywhere(run: Run) -> None:
    """At each point once; then the state is gone, and a checkpoint has to do."""
    url = str(run.home / "checkpoints")
    for point in run.random.sample(worker.POINTS, len(worker.POINTS)):
        run.start_worker(crash=f"{point}:{run.random.randrange(1, 5)}", state_url=url)
        run.await_crash()
    shutil.rmtree(run.store())
    run.start_worker(state_url=url)


CRASHES = Scenario(
    "crash-everywhere", crash_everywhere, seconds=30.0, settings={"checkpoint_every_s": 1.0}
)


def test_a_worker_that_crashes_at_every_point_loses_and_doubles_nothing(
    broker_jars: None, tmp_path: Path
) -> None:
    verdict = play(CRASHES, 1, EVENTS, tmp_path / "run")
    assert verdict.right, verdict
