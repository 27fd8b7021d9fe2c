"""Published: the table of docs/guarantees.md, made of the suite's JSON and of nothing else.

`python -m tests.faults.published FILE` writes it; a contract test compares the two.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any, Final

import msgspec

PAGE: Final = Path(__file__).parents[2] / "docs" / "guarantees.md"
RESULTS: Final = PAGE.with_suffix(".json")
BEGIN: Final = "<!-- shown: written by `python -m tests.faults.published FILE` -->\n"
END: Final = "<!-- end -->\n"
HEAD: Final = """
| scenario | runs | events | lost | doubled | roll-up cells | recovery, median | longest |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""

Result = Mapping[str, Any]


def table(results: Iterable[Result]) -> str:
    """One line per scenario, in alphabetical order, and their sum."""
    found = sorted(results, key=lambda result: result["scenario"])
    lines = [
        _line(name, list(runs)) for name, runs in groupby(found, lambda result: result["scenario"])
    ]
    return HEAD + "".join([*lines, _line("**all**", found)]) + "\n"


def page_with(page: str, results: Iterable[Result]) -> str:
    """The page with the table in its place."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + table(results) + END + rest.split(END)[1]


def _line(name: str, runs: list[Result]) -> str:
    sums = [sum(run[field] for run in runs) for field in ("events", "lost", "doubled")]
    cells = sum(run["rollup_diff"] for run in runs)
    seconds = [run["recovery_s"] for run in runs if run["recovery_s"] is not None]
    recovery = (f"{median(seconds):.1f} s", f"{max(seconds):.1f} s") if seconds else ("", "")
    shown = (name, len(runs), *(f"{value:,}" for value in sums), f"{cells:,}", *recovery)
    return "| " + " | ".join(map(str, shown)) + " |\n"


def main(file: str) -> None:
    """Keep the results beside the page and write the table."""
    results = msgspec.json.decode(Path(file).read_bytes())
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    PAGE.write_text(page_with(PAGE.read_text(), results))


if __name__ == "__main__":
    main(sys.argv[1])
