"""Endpoint: inserts into the table `events` through clickhouse-driver, 10,000 rows each.

Rows per second and the endpoint's CPU per row, the engine's work included: it is one process.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from streams.clock import now_ms
from streams.codec.batch import decode_batch
from streams.codec.interaction import encode
from streams.codec.rows import Place, event_rows
from streams.domain.campaign import Campaigns, Policy
from streams.domain.fold import Limits, fold
from streams.domain.interaction import record_key
from streams.domain.stamp import Stamper
from streams.embedded import kafka
from streams.embedded.stack import Stack
from streams.ports.facts import InsertBatch
from streams.warehouse.client import connect
from streams.warehouse.writer import INSERT_SETTINGS
from tests.bench.traffic import traffic
from tests.builders import LogRecord

ROWS, INSERTS, WARM = 10_000, 30, 5


def run() -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """Insert the worker's own columns again and again, under new tokens."""
    kafka.fetch()
    insert = _insert_batch()
    names = ", ".join(f"`{name}`" for name in insert.columns)
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder), workers=0, collector=False, console=False) as stack,
    ):
        client, pid = connect(stack.settings), stack.pids["clickhouse"]
        for number in range(WARM + INSERTS):
            if number == WARM:
                started, cpu = time.perf_counter(), _cpu_s(pid)
            client.execute(
                f"INSERT INTO events ({names}) VALUES",
                [list(column) for column in insert.columns.values()],
                columnar=True,
                settings=INSERT_SETTINGS | {"insert_deduplication_token": f"bench-{number}"},
            )
        seconds, cpu_s = time.perf_counter() - started, _cpu_s(pid) - cpu
    rows = insert.rows * INSERTS
    per_s, cpu_us = round(rows / seconds), round(cpu_s / rows * 1e6, 2)
    table = [
        ("inserts", f"{INSERTS} of {insert.rows:,} rows, {len(insert.columns)} columns, two views"),
        ("rows", f"{per_s:,}/s"),
        ("endpoint and engine", f"{cpu_us} µs CPU per row"),
    ]
    return table, {"rows_per_s": per_s, "endpoint_cpu_us_per_row": cpu_us}


def _insert_batch() -> InsertBatch:
    now = now_ms()
    records = [
        LogRecord(record_key(found.tenant, found.visitor), encode(found), offset, now)
        for offset, found in enumerate(traffic(ROWS, ROWS, now))
    ]
    batch = decode_batch(records, Stamper(Campaigns(Policy())))
    facts = fold(batch.steps, {}, Limits())
    return event_rows(batch, facts, Place("interactions", 0, 1))


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
