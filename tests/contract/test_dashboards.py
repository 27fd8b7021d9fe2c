"""Dashboards: generated, complete, and in step with sources, metrics and named queries."""

import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.__main__ import ROOT, generated_files
from dashboards.catalogue import entries
from streams.warehouse.queries import query_names
from tests.grafana import BOARDS, Target, board, panels, targets

FILES = generated_files()
SQL = list(targets("sql"))
PROMQL = list(targets("promql"))
UNTIED = {"campaign_list"}  # only for the choice of tenant and campaign
OF_COMMANDS = ("audit_", "letter")  # of `stepthree audit` and `stepthree dead-letters`

each_board = pytest.mark.parametrize("name", BOARDS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_is_generated_is_fresh(path: Path) -> None:
    assert path.read_text() == FILES[path], "run: make dashboards"


@each_board
def test_a_dashboard_is_what_grafana_reads(name: str) -> None:
    read = Dashboard.from_json(board(name))

    assert read.uid == f"stepthree-{name}"
    assert len(read.panels or []) == len(board(name)["panels"])


@each_board
def test_panels_are_numbered_and_do_not_overlap(name: str) -> None:
    every = board(name)["panels"]

    assert [panel["id"] for panel in every] == list(range(1, len(every) + 1))
    assert [
        (one["title"], other["title"])
        for one, other in combinations([panel["gridPos"] for panel in every], 2)
        if overlap(one, other)
    ] == []


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    apart_x = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    apart_y = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    return not (apart_x or apart_y)


@each_board
def test_every_panel_says_what_it_shows(name: str) -> None:
    assert [panel["title"] for panel in panels(name) if not panel.get("description")] == []


@pytest.mark.parametrize("target", [*SQL, *PROMQL], ids=str)
def test_every_source_is_provisioned(target: Target) -> None:
    provisioned = yaml.safe_load(
        (ROOT / "deploy/grafana/provisioning/datasources/stepthree.yaml").read_text()
    )

    assert target.source in {source["uid"] for source in provisioned["datasources"]}


def test_every_named_query_of_a_campaign_has_a_panel() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "dashboards").glob("*.py"))
    shown = {name for name in query_names() if f'"{name}"' in sources}

    of_commands = {name for name in query_names() if name.startswith(OF_COMMANDS)}

    assert set(query_names()) - shown - UNTIED - of_commands == set()


@pytest.mark.parametrize("target", SQL, ids=str)
def test_likes_never_stand_without_acts_per_talk(target: Target) -> None:
    selected = target.sql.partition(" FROM")[0]

    if "like" in selected:
        assert "act_per_talk" in selected


@pytest.mark.parametrize("target", PROMQL, ids=str)
def test_an_expression_names_only_metrics_of_the_catalogue(target: Target) -> None:
    known = {entry.name for entry in entries()}
    asked = {name.removesuffix("_bucket") for name in re.findall(r"\bstepthree_\w+", target.promql)}

    assert asked
    assert asked - known == set()


def test_every_metric_has_a_panel() -> None:
    asked = " ".join(target.promql for target in PROMQL)

    assert [entry.name for entry in entries() if entry.name not in asked] == []


def test_prometheus_can_read_every_expression(tmp_path: Path) -> None:
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    rules: list[dict[str, Any]] = [
        {"record": f"panel:{number}", "expr": target.promql.replace("$__rate_interval", "5m")}
        for number, target in enumerate(PROMQL)
    ]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))

    answer = subprocess.run(
        [tool, "check", "rules", file], capture_output=True, text=True, check=False
    )

    assert answer.returncode == 0, answer.stdout + answer.stderr
