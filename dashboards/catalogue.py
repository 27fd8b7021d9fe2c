"""Catalogue: the metrics of `streams.metrics` in the order they are declared, and their page."""

from collections.abc import Iterator
from typing import NamedTuple

from prometheus_client import Counter, Gauge, Histogram

from streams import metrics

Metric = Counter | Gauge | Histogram

HEAD = """\
# Metrics

Written by `make dashboards` from `streams/metrics.py`. The collector and the console answer on
`/metrics` of their own port, a worker on `STEPTHREE_WORKER_METRICS_PORT`. Labels are bounded: no
campaign, no visitor, no address.

| metric | type | labels | what it means, and what to do |
| --- | --- | --- | --- |
"""


class Entry(NamedTuple):
    """One metric as it is scraped."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


def series(metric: Metric) -> str:
    """The name of a metric's series: that of a counter ends in `_total`."""
    name = next(iter(metric.describe())).name
    return f"{name}_total" if isinstance(metric, Counter) else name


def meaning_of(metric: Metric) -> str:
    """What the catalogue says about it."""
    return next(iter(metric.describe())).documentation


def entries() -> Iterator[Entry]:
    """Every declared metric."""
    for metric in vars(metrics).values():
        if isinstance(metric, Metric):
            kind = type(metric).__name__.lower()
            labels = metric._labelnames  # the client names labels nowhere else before a first value
            yield Entry(series(metric), kind, labels, meaning_of(metric))


def metrics_page() -> str:
    """`docs/metrics.md`."""
    rows = (
        f"| `{entry.name}` | {entry.kind} | {', '.join(entry.labels)} | {entry.meaning} |\n"
        for entry in entries()
    )
    return HEAD + "".join(rows)
