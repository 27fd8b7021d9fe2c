"""Benchmarks: each prints a table for people and, as its last line, one JSON object.

    python -m tests.bench [NAME ...]        all of them without a name
    python -m tests.bench soak=2            for two minutes instead of 15

Machines are noisy: compare what was measured in one run, and quote ratios.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import catchup, endpoint, engine, latency, memory, recovery, soak, spool

Rows = list[tuple[str, str]]
BENCHES: dict[str, Callable[..., tuple[Rows, dict[str, Any]]]] = {
    "engine": engine.run,
    "catchup": catchup.run,
    "endpoint": endpoint.run,
    "latency": latency.run,
    "memory": memory.run,
    "recovery": recovery.run,
    "soak": soak.run,
    "spool": spool.run,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all."""
    asked = {name: found for name, _, found in (each.partition("=") for each in names or BENCHES)}
    unknown = [name for name in asked if name not in BENCHES]
    if unknown:
        print(f"unknown benchmark {', '.join(unknown)}; known: {', '.join(BENCHES)}")
        return 2
    for name, minutes in asked.items():
        rows, figures = BENCHES[name](*([float(minutes)] if minutes else []))
        table = Table(title=name, show_header=False)
        for what, figure in rows:
            table.add_row(what, figure)
        Console().print(table)
        print(json.dumps({"bench": name} | figures), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
