"""Alerts: each names metrics that exist, says what to do, and is tried with promtool."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

import streams.metrics  # noqa: F401  registers the catalogue

FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0][
    "rules"
]
TESTS: dict[str, Any] = yaml.safe_load((FOLDER / "alerts.test.yml").read_text())
METRIC = re.compile(r"\bstepthree_\w+")

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])


def catalogue() -> set[str]:
    """The names of all series, as they are scraped."""
    return {
        name + suffix
        for metric in REGISTRY.collect()
        for name in [metric.name]
        for suffix in ("", "_total", "_sum", "_count", "_bucket")
    }


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    return subprocess.run(
        [tool, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
    )


@each_rule
def test_an_alert_names_only_metrics_of_the_catalogue(rule: dict[str, Any]) -> None:
    assert set(METRIC.findall(rule["expr"])) - catalogue() == set()


@each_rule
def test_an_alert_says_what_it_means_and_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule["annotations"]) == {"summary", "description", "action"}
    assert rule["labels"]["severity"] in {"warning", "critical"}


@each_rule
def test_an_alert_is_seen_silent_and_firing(rule: dict[str, Any]) -> None:
    expected = [
        bool(case["exp_alerts"])
        for test in TESTS["tests"]
        for case in test["alert_rule_test"]
        if case["alertname"] == rule["alert"]
    ]

    assert set(expected) == {True, False}


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "alerts.yml"),
        ("test", "rules", "alerts.test.yml"),
    ],
    ids=lambda arguments: "-".join(arguments[:2]),
)
def test_promtool_accepts(arguments: tuple[str, ...]) -> None:
    answer = promtool(*arguments)

    assert answer.returncode == 0, answer.stdout + answer.stderr
