"""Memory: what a worker with two million visitors takes under a cache of 512 MB, and its start."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from typing import Any

VISITORS, CACHE_MB = 2_000_000, 512
TIMEOUT_S = 900


def run() -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """Fill the states in one process, open them in another."""
    with tempfile.TemporaryDirectory() as folder:
        figures = {"visitors": VISITORS, "cache_mb": CACHE_MB}
        figures |= _measure("fill", folder) | _measure("open", folder)
    rows = [
        ("visitors", f"{VISITORS:,} in 4 partitions, three sessions each, cache of {CACHE_MB} MB"),
        ("resident memory", f"{figures['rss_mb']} MB at most, {figures['disk_mb']} MB on disk"),
        ("folded", f"{figures['per_s']:,}/s, from making the records to the store"),
        ("start on that state", f"{figures['open_s']} s to open"),
        ("first batch of cold visitors", f"{figures['first_fold_s']} s"),
    ]
    return rows, figures


def _measure(word: str, folder: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.memory_run", word, folder]
    command += [str(VISITORS), str(CACHE_MB)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if done.returncode:
        raise RuntimeError(f"{word}: exit {done.returncode}: {done.stderr[-2000:]}")
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured
