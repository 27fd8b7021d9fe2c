"""Catch-up: a worker whose state is lost folds the log again, silently, before it goes on."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from kafka import OffsetAndMetadata, TopicPartition

from streams import topics
from streams.clock import now_ms
from streams.embedded import kafka
from streams.embedded.stack import Stack
from streams.eventlog.admin import administer, with_coordinator
from streams.eventlog.offsets import settled
from streams.settings import Settings
from tests.bench.engine import EVENTS, VISITORS, median, of_own, pin, run_once
from tests.bench.traffic import publish, traffic

ROUNDS = 3
MODES = ("worker", "catchup")


def run() -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """One core, beside the same worker making facts, which go nowhere; medians."""
    kafka.fetch()
    cores = sorted(os.sched_getaffinity(0))
    found: dict[str, list[dict[str, float]]] = {mode: [] for mode in MODES}
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder), workers=0, collector=False, console=False) as stack,
    ):
        for pid in stack.pids.values():
            pin(pid, {cores[-1]})
        publish(stack.settings, topics.INTERACTIONS, traffic(EVENTS, VISITORS, now_ms()))
        for number in range(ROUNDS):
            for mode in MODES:
                own = of_own(stack.settings, mode, number)
                if mode == "catchup":
                    settle_all(own)
                found[mode].append(run_once(own, mode, cores[0]))
    rate = {mode: median([each["per_s"] for each in found[mode]]) for mode in MODES}
    cpu_us = {mode: median([each["cpu_us"] for each in found[mode]]) for mode in MODES}
    rows = [
        ("events", f"{EVENTS:,}, {VISITORS:,} visitors, {ROUNDS} rounds, medians"),
        ("load of the machine", f"{os.getloadavg()[0]:.1f} on {len(cores)} cores"),
        ("silent catch-up", f"{rate['catchup']:,.0f}/s, {cpu_us['catchup']:.1f} µs CPU per event"),
        ("with facts", f"{rate['worker']:,.0f}/s, {cpu_us['worker']:.1f} µs CPU per event"),
    ]
    figures = {
        "catchup_per_s": rate["catchup"],
        "worker_per_s": rate["worker"],
        "ratio": round(rate["catchup"] / rate["worker"], 2),
        "load": os.getloadavg()[0],
        "rounds": found,
    }
    return rows, figures


def settle_all(settings: Settings) -> None:
    """The group has settled every record, as if other workers had."""
    offsets = {
        TopicPartition(each.topic, each.partition): OffsetAndMetadata(each.end, "", -1)
        for each in settled(settings)
    }
    with administer(settings) as admin:
        with_coordinator(lambda: admin.alter_group_offsets(settings.kafka_group, offsets))
