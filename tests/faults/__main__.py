"""The fault suite: `make faults`; every run is judged against the reference, seeds are printed."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

import tests.faults.scenarios  # noqa: F401 - makes the scenarios known
from tests.faults.errors import NotRunError
from tests.faults.mutations import MUTATIONS
from tests.faults.oracle import Verdict
from tests.faults.registry import SCENARIOS
from tests.faults.run import play
from tests.faults.shown import Backlog

EVENTS: Final = {"quick": 20_000, "full": 200_000}
SEEDS: Final = {"quick": 1, "full": 5}
SHOWN: Final = 5
COLUMNS: Final = ("scenario", "seed", "events", "lost", "doubled", "roll-ups", "recovery s", "")


@click.command()
@click.option("--tier", type=click.Choice(list(EVENTS)), default="quick", show_default=True)
@click.option("--scenario", "names", multiple=True, help="Only this one; again for more.")
@click.option("--seeds", type=click.IntRange(1), help="Runs of each; quick 1, full 5.")
@click.option("--first-seed", type=int, default=1, show_default=True)
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write the figures there.")
@click.option("--mutation", type=click.Choice(sorted(MUTATIONS)), help="Break the worker so.")
@click.option(
    "--mutations", is_flag=True, help="Show that each way to break the worker is noticed."
)
@click.option("--list", "listing", is_flag=True, help="Print the scenarios and end.")
def main(  # noqa: PLR0917 - click passes them by name
    tier: str,
    names: tuple[str, ...],
    seeds: int | None,
    first_seed: int,
    file: Path | None,
    mutation: str | None,
    mutations: bool,
    listing: bool,
) -> None:
    """Harm a running stack and compare its tables with what the log leads to.

    Exit code 1 when any run lost, doubled or changed something; its folder is kept then.

    \b
    Examples:
      make faults
      make faults ARGS="--tier full --json faults.json"
      make faults ARGS="--scenario crash-wrote --first-seed 7 --seeds 3"
      make faults ARGS="--mutations"
    """
    if mutations:
        sys.exit(0 if _all_noticed() else 1)
    if listing:
        click.echo("\n".join(SCENARIOS))
        return
    if unknown := set(names) - SCENARIOS.keys():
        known = ", ".join(SCENARIOS)
        raise click.UsageError(f"unknown scenario {', '.join(sorted(unknown))}; known: {known}")
    verdicts = []
    for name in names or _scenarios_of(tier):
        for seed in range(first_seed, first_seed + (seeds or SEEDS[tier])):
            verdict = _played(name, seed, EVENTS[tier], mutation or "")
            if verdict is None:
                break
            verdicts.append(verdict)
            if file:
                _write(file, verdicts)
    Console().print(_table(verdicts))
    sys.exit(0 if all(verdict.right for verdict in verdicts) else 1)


def _scenarios_of(tier: str) -> list[str]:
    """All, but for the quick tier those that take minutes."""
    return [name for name, found in SCENARIOS.items() if found.quick or tier == "full"]


def _all_noticed() -> bool:
    """Break the worker in every way; one line for each."""
    with (
        tempfile.TemporaryDirectory(prefix="stepthree-mutations-") as home,
        Backlog(Path(home)) as backlog,
    ):
        noticed = {mutation: backlog.shows(mutation) for mutation in MUTATIONS}
    for mutation, seen in noticed.items():
        click.echo(f"{mutation}: {'red, as it must be' if seen else 'NOT NOTICED'}")
    return all(noticed.values())


def _played(name: str, seed: int, events: int, mutation: str) -> Verdict | None:
    """One run with its line; the folder of a wrong one stays. None: not possible here."""
    home = Path(tempfile.mkdtemp(prefix=f"stepthree-{name}-{seed}-"))
    began_s = time.monotonic()
    try:
        verdict = play(name, seed, events, home, mutation)
    except NotRunError as reason:
        click.echo(f"{name}: NOT RUN: {reason}")
        shutil.rmtree(home)
        return None
    took_s = time.monotonic() - began_s
    click.echo(f"{name}, seed {seed}: {'right' if verdict.right else 'WRONG'}, {took_s:.0f} s")
    if verdict.right:
        shutil.rmtree(home)
        return verdict
    for line in verdict.different[:SHOWN]:
        click.echo(f"  {line}")
    click.echo(f"  kept in {home}")
    return verdict


def _table(verdicts: Sequence[Verdict]) -> Table:
    table = Table(*COLUMNS)
    for verdict in verdicts:
        recovery = "" if verdict.recovery_s is None else f"{verdict.recovery_s:.1f}"
        counts = (verdict.lost, verdict.doubled, verdict.rollup_diff)
        table.add_row(
            *(verdict.scenario, str(verdict.seed), f"{verdict.events:,}"),
            *(f"{count:,}" for count in counts),
            *(recovery, "" if verdict.right else "WRONG"),
        )
    return table


def _write(file: Path, verdicts: Sequence[Verdict]) -> None:
    """After each run, so that a suite that is ended half-way leaves what it found."""
    file.write_text(json.dumps([verdict.published() for verdict in verdicts], indent=1) + "\n")


if __name__ == "__main__":
    main()
