"""Workers: killed, frozen, replaced, multiplied, robbed of their state."""

from __future__ import annotations

from functools import partial

from tests.faults import worker
from tests.faults.registry import add, scenario
from tests.faults.run import Run


@scenario()
def control(run: Run) -> None:
    """Nothing happens."""
    run.start_worker()


def crash(point: str, run: Run, times: int = 3) -> None:
    """A worker ends at the point, again and again; the last one stays."""
    for _ in range(times):
        run.start_worker(crash=f"{point}:{run.random.randrange(1, 9)}")
        run.await_crash()
    run.start_worker()


for each in worker.POINTS:
    add(f"crash-{each}", partial(crash, each))
