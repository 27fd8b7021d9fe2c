"""Endpoint: inserts into the table `events` through clickhouse-driver, 10,000 rows each.

Rows per second and the endpoint's CPU per row, the engine's work included: it is one process.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from clickhouse_driver import Client

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
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder), workers=0, collector=False, console=False) as stack,
    ):
        pid = stack.pids["clickhouse"]
        with connect(stack.settings) as client:
            _measure(client, pid, insert, "warm", WARM)
            per_s, cpu_us = _measure(client, pid, insert, "merging", INSERTS)
            client.execute("SYSTEM STOP MERGES")
            bare_per_s, bare_cpu_us = _measure(client, pid, insert, "bare", INSERTS)
    rows = [
        ("inserts", f"{INSERTS} of {insert.rows:,} rows, {len(insert.columns)} columns, one view"),
        ("with merges", f"{per_s:,} rows/s, {cpu_us} µs CPU of the endpoint per row"),
        ("without merges", f"{bare_per_s:,} rows/s, {bare_cpu_us} µs CPU of the endpoint per row"),
    ]
    figures = {
        "rows_per_s": per_s,
        "endpoint_cpu_us_per_row": cpu_us,
        "rows_per_s_without_merges": bare_per_s,
        "endpoint_cpu_us_per_row_without_merges": bare_cpu_us,
    }
    return rows, figures


def _measure(
    client: Client, pid: int, insert: InsertBatch, name: str, count: int
) -> tuple[int, float]:
    """Rows per second, and the endpoint's CPU per row in µs, the engine's work included."""
    names = ", ".join(f"`{column}`" for column in insert.columns)
    started, cpu_s = time.perf_counter(), _cpu_s(pid)
    for number in range(count):
        client.execute(
            f"INSERT INTO events ({names}) VALUES",
            [list(column) for column in insert.columns.values()],
            columnar=True,
            settings=INSERT_SETTINGS | {"insert_deduplication_token": f"{name}-{number}"},
        )
    rows = insert.rows * count
    per_s = rows / (time.perf_counter() - started)
    return round(per_s), round((_cpu_s(pid) - cpu_s) / rows * 1e6, 2)


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
