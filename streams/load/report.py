"""Report: what a person reads at the end of a load, or instead of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from streams.load.mapping import Mapped
from streams.load.tally import LoadedLine, Tally

SHOWN_LINES: Final = 5
PLAIN_WIDTH: Final = 160
FIRST: Final = ("visitor", "occurred_at", "stage", "kind", "campaign", "page", "referrer")
UNSHOWN: Final = ("tenant", "source", "received_at", "event_id")


def summary(tally: Tally, accepted: int, seconds: float) -> str:
    """Read, accepted, refused by reason with the first line of each, and how fast it went."""
    rate = int(tally.read / seconds) if seconds > 0 else 0
    lines = [
        f"read      {tally.read:>12,}  lines in {seconds:.1f} s ({rate:,} rows/s)",
        f"accepted  {accepted:>12,}  acknowledged by the broker",
        f"refused   {tally.refused:>12,}  sent to the topic rejections"
        if tally.refused
        else f"refused   {0:>12,}",
        *refusals(tally),
    ]
    if tally.refused * 2 > tally.read:
        lines.append("More than half of the lines were refused: is this the map for this file?")
    return "\n".join(lines)


def refusals(tally: Tally) -> list[str]:
    """Each reason with its count, and the first line it was given for."""
    lines = []
    for reason, found in tally.reasons.items():
        lines.append(f"  {reason.value:<16}{found.count:>4,}  first: line {found.first_line}")
        lines.append(f"      {found.first_text}")
        lines.append(f"      {found.first_detail}")
    return lines


def print_dry_run(console: Console, head: Sequence[LoadedLine], tally: Tally) -> None:
    """The first interactions as a table, and what became of the lines that were looked at."""
    mapped = [(n, found.interaction) for n, found in head if isinstance(found, Mapped)][
        :SHOWN_LINES
    ]
    rows = [
        {"line": number, **_shown(msgspec.to_builtins(interaction))}
        for number, interaction in mapped
    ]
    names = [name for name in ("line", *FIRST) if any(name in row for row in rows)]
    names += sorted({name for row in rows for name in row} - set(names))
    table = Table()
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(str(row.get(name, "")) for name in names))
    console.print(table)
    console.print(
        f"Nothing was sent. Of the first {tally.read:,} lines {tally.read - tally.refused:,}"
        f" are interactions, {tally.refused:,} would be refused."
    )
    for text in refusals(tally):
        console.print(text, markup=False, highlight=False)


def _shown(interaction: dict[str, object]) -> dict[str, object]:
    shown: dict[str, object] = {}
    for name, value in interaction.items():
        if name == "occurred_at" and isinstance(value, int):
            moment = datetime.fromtimestamp(value / 1_000, UTC)
            shown[name] = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        elif isinstance(value, dict):
            shown |= {f"{name}.{inner}": text for inner, text in value.items()}
        elif name not in UNSHOWN:
            shown[name] = value
    return shown
