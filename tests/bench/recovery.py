"""Recovery: a worker with a million visitors is killed; how soon it settles again.

Then one of two is killed for good, under steady traffic: how soon the other is at most 5 s of
input behind. A dead worker's partitions wait for the session timeout of 15 s.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streams import topics
from streams.clock import now_ms
from streams.embedded import kafka
from streams.embedded.stack import Stack
from streams.eventlog.admin import administer
from streams.eventlog.group import members
from streams.eventlog.offsets import settled_partitions
from streams.settings import Settings
from tests.bench.sender import Sender
from tests.bench.traffic import firsts, publish

VISITORS, RATE = 1_000_000, 2_000
LAG_S = 5.0
LOOK_S, TIMEOUT_S = 0.05, 240.0


def run() -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """The whole worker, into ClickHouse."""
    kafka.fetch()
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder), workers=1, collector=False, console=False) as stack,
    ):
        publish(stack.settings, topics.INTERACTIONS, firsts(VISITORS, now_ms()))
        filled_s = _until(stack.settings, lambda committed, behind: behind == 0)
        with Sender(stack.settings, RATE, VISITORS):
            _until(stack.settings, lambda committed, behind: committed > VISITORS + 5 * RATE)
            restart_s, ready_s = _restarted(stack)
            took_over_s, most_behind = _one_of_two_killed(stack)
    load = os.getloadavg()[0]
    rows = [
        ("state", f"{VISITORS:,} visitors, folded in {filled_s:.1f} s"),
        ("kill -9, start to the first settled batch", f"{restart_s:.1f} s"),
        ("the same, to ready", f"{ready_s:.1f} s"),
        (
            "one of two killed, until 5 s of input behind",
            f"{took_over_s:.1f} s, at most {most_behind:,} records behind at {RATE:,}/s",
        ),
        ("load of the machine", f"{load:.1f} on {os.cpu_count()} cores"),
    ]
    figures = {
        "visitors": VISITORS,
        "restart_s": round(restart_s, 2),
        "ready_s": round(ready_s, 2),
        "took_over_s": round(took_over_s, 2),
        "load": load,
    }
    return rows, figures


def _restarted(stack: Stack) -> tuple[float, float]:
    """Seconds from the process's start until it has settled something, and until it is ready."""
    stack.kill("worker-0")
    before = _standing(stack.settings)[0]
    began_s = time.perf_counter()
    stack.start_worker(0)
    ready_s = time.perf_counter() - began_s
    _until(stack.settings, lambda committed, behind: committed > before)
    return time.perf_counter() - began_s, ready_s


def _one_of_two_killed(stack: Stack) -> tuple[float, int]:
    """Seconds from the kill until all partitions are nearly up to date; records behind at most."""
    stack.start_worker(1)
    while sum(bool(each.partitions) for each in members(stack.settings)) < 2:
        time.sleep(LOOK_S)
    _until(stack.settings, lambda committed, behind: behind < LAG_S * RATE)
    stack.kill("worker-1")
    began_s, most = time.perf_counter(), 0
    orphaned = _partitions_behind(stack.settings)

    def back(committed: int, behind: int) -> bool:
        nonlocal most
        most = max(most, behind)
        now = _partitions_behind(stack.settings)
        moved = all(now[place][0] > found[0] for place, found in orphaned.items())
        return moved and behind < LAG_S * RATE

    _until(stack.settings, back)
    return time.perf_counter() - began_s, most


def _standing(settings: Settings) -> tuple[int, int]:
    """Records settled of all interactions, and records behind."""
    found = _partitions_behind(settings).values()
    return sum(committed for committed, _ in found), sum(behind for _, behind in found)


def _partitions_behind(settings: Settings) -> dict[int, tuple[int, int]]:
    with administer(settings) as admin:
        return {
            each.partition: (each.committed, each.behind)
            for each in settled_partitions(admin, settings.kafka_group)
            if each.topic == topics.INTERACTIONS
        }


def _until(settings: Settings, true: Callable[[int, int], bool]) -> float:
    """Seconds until it holds of what is settled and what is behind."""
    began_s = time.perf_counter()
    while not true(*_standing(settings)):
        if time.perf_counter() - began_s > TIMEOUT_S:
            raise RuntimeError(f"expected it within {TIMEOUT_S:g} s, found {_standing(settings)}")
        time.sleep(LOOK_S)
    return time.perf_counter() - began_s
