"""Engine: one topic, one fold, one core: a plain Faust agent against this worker.

The plain agent takes one event at a time (`plain.py`). The worker runs with its plans, commits and
store; once without inserts, once with them. Broker and engine have the other core.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from streams import topics
from streams.clock import now_ms
from streams.embedded import kafka
from streams.embedded.stack import Stack
from streams.settings import Settings
from tests.bench.traffic import publish, traffic

EVENTS, VISITORS = 300_000, 100_000
ROUNDS = 3
MODES = ("plain", "worker", "clickhouse")
TIMEOUT_S = 300


def run() -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """Interleaved rounds, medians."""
    kafka.fetch()
    cores = sorted(os.sched_getaffinity(0))
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder), workers=0, collector=False, console=False) as stack,
    ):
        for pid in stack.pids.values():
            pin(pid, {cores[-1]})
        size = publish(stack.settings, topics.INTERACTIONS, traffic(EVENTS, VISITORS, now_ms()))
        found: dict[str, list[dict[str, float]]] = {mode: [] for mode in MODES}
        for number in range(ROUNDS):
            for mode in MODES:
                own = of_own(stack.settings, mode, number)
                found[mode].append(run_once(own, mode, cores[0]))
    rate = {mode: median([each["per_s"] for each in found[mode]]) for mode in MODES}
    cpu = {mode: median([each["cpu_us"] for each in found[mode]]) for mode in MODES}
    ratio = round(rate["worker"] / rate["plain"], 1)
    rows = [
        ("events", f"{EVENTS:,} of {size} bytes, {VISITORS:,} visitors, {ROUNDS} rounds, medians"),
        ("plain Faust agent", f"{rate['plain']:,.0f}/s, {cpu['plain']:.1f} µs CPU per event"),
        ("worker", f"{rate['worker']:,.0f}/s, {cpu['worker']:.1f} µs CPU, {ratio} times"),
        ("worker, into ClickHouse", f"{rate['clickhouse']:,.0f}/s, {cpu['clickhouse']:.1f} µs CPU"),
    ]
    figures = {
        "plain_faust_per_s": rate["plain"],
        "worker_per_s": rate["worker"],
        "worker_with_clickhouse_per_s": rate["clickhouse"],
        "ratio": ratio,
        "cpu_ratio": round(cpu["plain"] / cpu["worker"], 1),
        "rounds": found,
    }
    return rows, figures


def of_own(settings: Settings, mode: str, number: int) -> Settings:
    """A group and a state of its own, for one run over the same topic."""
    return msgspec.structs.replace(
        settings,
        kafka_group=f"bench-{mode}-{number}",
        worker_store=settings.home / f"bench-{mode}-{number}",
    )


def run_once(settings: Settings, mode: str, core: int) -> dict[str, float]:
    """All events through one process; `per_s` and `cpu_us`."""
    command = [sys.executable, "-m", "tests.bench.engine_run", mode, str(EVENTS), str(core)]
    environment = os.environ | settings.environment()
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    last = (done.stdout.strip().splitlines() or [""])[-1]
    at = last.find("{")
    if done.returncode or at < 0:
        raise RuntimeError(f"{mode}: exit {done.returncode}: {done.stderr[-2000:]}")
    measured: dict[str, float] = json.loads(last[at:])
    return measured


def pin(pid: int, cores: set[int]) -> None:
    """All threads of a process, those that it will start included."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), cores)


def median(figures: list[float]) -> float:
    """The one in the middle."""
    return sorted(figures)[len(figures) // 2]
