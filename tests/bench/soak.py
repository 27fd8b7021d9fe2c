"""Soak: a worker under steady traffic for a while; its memory must not grow.

The state has a small cache, so that its memory is full before the half of the time that counts.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from streams.embedded import kafka
from streams.embedded.stack import Stack
from streams.eventlog.offsets import unsettled
from streams.settings import Settings
from tests.bench.sender import Sender

MINUTES = 15.0
RATE, VISITORS, CACHE_MB = 5_000, 500_000, 64
LOOK_S = 10.0


def run(minutes: float = MINUTES) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """One worker, resident memory every 10 s, and the slope of the second half."""
    kafka.fetch()
    base = Settings(state_cache_mb=CACHE_MB)
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder), workers=1, collector=False, console=False, base=base) as stack,
        Sender(stack.settings, RATE, VISITORS) as sender,
    ):
        samples = _watch(stack, minutes * 60)
        sent = sender.sent
        behind = sum(each.behind for each in unsettled(stack.settings))
    slope = slope_mb_per_h(samples[len(samples) // 2 :])
    rss = [round(each[1]) for each in samples]
    rows = [
        ("load", f"{RATE:,} events/s of {VISITORS:,} visitors for {minutes:g} min, {sent:,} sent"),
        ("resident memory, MB", " ".join(map(str, rss))),
        ("slope of the second half", f"{slope:+.1f} MB/h"),
        ("behind at the end", f"{behind:,} records"),
        ("load of the machine", f"{os.getloadavg()[0]:.1f}"),
    ]
    figures = {
        "minutes": minutes,
        "events": sent,
        "rss_mb": rss,
        "slope_mb_per_h": round(slope, 1),
        "behind": behind,
    }
    return rows, figures


def _watch(stack: Stack, seconds: float) -> list[tuple[float, float]]:
    """Seconds and resident MB of the worker."""
    began_s, samples = time.perf_counter(), []
    while (at_s := time.perf_counter() - began_s) < seconds:
        samples.append((at_s, resident_mb(stack.pids["worker-0"])))
        time.sleep(LOOK_S)
        stack.check()
    return samples


def resident_mb(pid: int) -> float:
    """What a process holds in memory now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def slope_mb_per_h(samples: list[tuple[float, float]]) -> float:
    """Least squares."""
    if len(samples) < 2:
        return 0.0
    mean_s = sum(at for at, _ in samples) / len(samples)
    mean_mb = sum(mb for _, mb in samples) / len(samples)
    spread = sum((at - mean_s) ** 2 for at, _ in samples)
    return 3_600 * sum((at - mean_s) * (mb - mean_mb) for at, mb in samples) / spread
