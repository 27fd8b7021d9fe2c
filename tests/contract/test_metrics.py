"""Metrics: each one of the catalogue is told by some part of the program."""

from pathlib import Path

import pytest

from dashboards.catalogue import Metric
from streams import metrics

ROOT = Path(__file__).parents[2] / "streams"
CODE = "\n".join(path.read_text() for path in ROOT.rglob("*.py") if path.name != "metrics.py")
NAMES = [name for name, found in vars(metrics).items() if isinstance(found, Metric)]


@pytest.mark.parametrize("name", NAMES)
def test_a_metric_that_is_declared_is_told(name: str) -> None:
    assert name in CODE
