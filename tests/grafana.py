"""What Grafana does with a dashboard before a source sees it: variables are filled in."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from dashboards.__main__ import GENERATED

BOARDS = ("campaign", "pipeline")
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<form>\w+))?\}|\$(?P<macro>__interval_s)\b")


class Target(NamedTuple):
    """One question of one panel; `sql` for ClickHouse, `promql` for Prometheus, else empty."""

    board: str
    panel: str
    source: str
    sql: str
    promql: str

    def __str__(self) -> str:
        return f"{self.board}-{self.panel}".replace(" ", "-").replace(",", "").lower()


def board(name: str) -> dict[str, Any]:
    """A generated dashboard, as it stands in the repository."""
    found: dict[str, Any] = json.loads((GENERATED / f"{name}.json").read_text())
    return found


def panels(name: str) -> list[dict[str, Any]]:
    """All panels but the headings of rows."""
    return [panel for panel in board(name)["panels"] if panel["type"] != "row"]


def targets(kind: str) -> Iterator[Target]:
    """Every target of every dashboard that asks this kind of source: `sql` or `promql`."""
    for name in BOARDS:
        for panel in panels(name):
            for target in panel["targets"]:
                found = Target(
                    name,
                    panel["title"],
                    (target.get("datasource") or panel["datasource"])["uid"],
                    target.get("rawSql", ""),
                    target.get("expr", ""),
                )
                if getattr(found, kind):
                    yield found


def filled_in(sql: str, values: Mapping[str, str | int]) -> str:
    """The SQL as it is sent: variables by their format, the macro that is used; nothing remains."""

    def value(match: re.Match[str]) -> str:
        found = values[match["macro"] or match["name"]]
        return quote(str(found), safe="") if match["form"] == "percentencode" else str(found)

    sent = VARIABLE.sub(value, sql)
    assert "$" not in sent, f"not filled in: {sent}"
    return sent
