"""Workers: killed, frozen, replaced, multiplied, robbed of their state."""

from __future__ import annotations

import os
import shutil
import signal
from functools import partial
from typing import Final

from streams.eventlog.group import members
from tests.faults import worker
from tests.faults.registry import add, scenario
from tests.faults.run import Run

THREE: Final = (0, 1, 2)
REJOINED_S: Final = 60.0


@scenario()
def control(run: Run) -> None:
    """Nothing happens."""
    run.start_worker()


@scenario()
def killed(run: Run) -> None:
    """SIGKILL at random, three times."""
    for _ in range(3):
        run.start_worker()
        run.pause(1.5, 4)
        run.kill()
    run.start_worker()


def crash(point: str, run: Run) -> None:
    """A worker ends at the point, three times; the fourth stays."""
    for _ in range(3):
        run.start_worker(crash=f"{point}:{run.random.randrange(1, 9)}")
        run.await_crash()
    run.start_worker()


for each in worker.POINTS[:-1]:
    add(f"crash-{each}", partial(crash, each), seconds=30.0)


@scenario(seconds=40.0, checkpoint_every_s=1.0)
def crash_checkpointing(run: Run) -> None:
    """In the midst of a checkpoint, three times; state and worker begin anew from one of them."""
    url = str(run.home / "checkpoints")
    for _ in range(3):
        run.start_worker(crash=f"checkpointing:{run.random.randrange(2, 9)}", state_url=url)
        run.await_crash()
        shutil.rmtree(run.store())
    run.start_worker(state_url=url)


@scenario()
def all_killed(run: Run) -> None:
    """Three workers, SIGKILL to all at once, twice."""
    for _ in range(2):
        start_all(run)
        run.pause(1, 3)
        for number in THREE:
            run.kill(number)
    start_all(run)


@scenario(seconds=40.0)
def zombie(run: Run) -> None:
    """Each of two workers sleeps until its partitions are the other's, and wakes up again."""
    run.start_worker(0)
    run.start_worker(1)
    for number in (0, 1):
        await_members(run, 2)
        run.pause(0.5, 2)
        run.signal(number, signal.SIGSTOP)
        run.fault()
        run.pause(1.3 * run.settings.worker_session_s, 1.8 * run.settings.worker_session_s)
        run.signal(number, signal.SIGCONT)


@scenario(seconds=30.0)
def rolling_restart(run: Run) -> None:
    """SIGTERM to one of three after the other, each back before the next goes."""
    start_all(run)
    for number in THREE:
        await_members(run, len(THREE))
        run.stop(number)
        run.fault()
        run.start_worker(number)


@scenario(seconds=30.0)
def one_three_one(run: Run) -> None:
    """Two more join; the first two leave."""
    run.start_worker(0)
    run.pause(1, 3)
    run.start_worker(1)
    run.start_worker(2)
    await_members(run, len(THREE))
    run.pause(1, 3)
    for number in (0, 1):
        run.stop(number)
        run.fault()


@scenario()
def store_deleted(run: Run) -> None:
    """A worker loses its state, twice, and builds it from the topic."""
    for _ in range(2):
        run.start_worker()
        run.pause(2, 4)
        run.kill()
        shutil.rmtree(run.store())
    run.start_worker()


@scenario()
def store_truncated(run: Run) -> None:
    """The largest file of each partition's state is cut somewhere, twice."""
    for _ in range(2):
        run.start_worker()
        run.pause(3, 5)
        run.kill()
        truncate(run)
    run.start_worker()


@scenario(seconds=30.0)
def one_identity(run: Run) -> None:
    """Two processes that claim to be the same member depose each other until one is killed."""
    run.start_worker(0)
    run.pause(1, 2)
    run.fault()
    run.start_worker(1, worker_instance="worker-0")
    run.pause(6, 10)
    run.kill(run.random.randrange(2))


def start_all(run: Run) -> None:
    """Three workers."""
    for number in THREE:
        run.start_worker(number)


def await_members(run: Run, count: int) -> None:
    """Until so many workers hold partitions."""
    run.until(
        lambda: len([it for it in members(run.settings) if it.partitions]) == count,
        REJOINED_S,
        f"{count} workers with partitions",
    )


def truncate(run: Run) -> None:
    """Cut one file per partition."""
    for folder in run.store().glob("interactions-*"):
        largest = max(folder.glob("*.sst"), key=lambda file: file.stat().st_size, default=None)
        if largest:
            os.truncate(largest, run.random.randrange(largest.stat().st_size))
