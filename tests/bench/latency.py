"""Latency: HTTP to visible row at a fixed rate, timed from the schedule, not from the sending.

Each event has a moment at which it should be sent; a sender that falls behind makes it wait and
that counts. A row is visible when a SELECT beside the traffic returned it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from streams.collector.keys import Kind, add_key
from streams.embedded import kafka
from streams.embedded.stack import Stack
from streams.settings import Settings
from streams.warehouse.client import connect

RATE, SECONDS, WARM_S = 1_000, 40, 10
CONNECTIONS = 32
LOOK_S = 0.05


def run() -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """The whole stack, single events by POST, half of them new visitors."""
    kafka.fetch()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        key = add_key(home / "keys.yaml", "bench", Kind.SECRET)
        with Stack(home, workers=1, console=False) as stack:
            waits = asyncio.run(_measure(stack.settings, key))
    waits.sort()
    p50, p99, worst = (waits[min(len(waits) - 1, int(len(waits) * q))] for q in (0.5, 0.99, 1.0))
    figures = {
        "rate_per_s": RATE,
        "events": len(waits),
        "p50_s": round(p50, 3),
        "p99_s": round(p99, 3),
        "max_s": round(worst, 3),
    }
    rows = [
        ("load", f"{RATE:,} events/s for {SECONDS} s, one POST each, {CONNECTIONS} connections"),
        ("measured", f"{len(waits):,} events after {WARM_S} s"),
        ("HTTP to visible row", f"p50 {p50:.3f} s, p99 {p99:.3f} s, longest {worst:.3f} s"),
    ]
    return rows, figures


async def _measure(settings: Settings, key: str) -> list[float]:
    start = time.perf_counter() + 0.5
    count = RATE * SECONDS
    looking = asyncio.create_task(asyncio.to_thread(_look, settings, count))
    senders = [
        _send(settings.collector_port, key, start, range(first, count, CONNECTIONS))
        for first in range(CONNECTIONS)
    ]
    await asyncio.gather(*senders)
    seen = await looking
    return [seen[number] - start - number / RATE for number in range(WARM_S * RATE, count)]


async def _send(port: int, key: str, start: float, numbers: range) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        wait = start + number / RATE - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        writer.write(_request(key, number))
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(f"expected 200, found {head[:200]!r}")
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        await reader.readexactly(length)
    writer.close()


def _request(key: str, number: int) -> bytes:
    body = msgspec.json.encode(
        {
            "event_id": f"e{number}",
            "visitor": f"v{number // 2}",
            "campaign": "c",
            "kind": "page_view",
            "page": "https://example.org/",
            "sequence": number,
        }
    )
    head = (
        f"POST /v1/interactions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _look(settings: Settings, count: int) -> dict[int, float]:
    """When each event was first returned by a SELECT."""
    client, seen = connect(settings), dict[int, float]()
    after = dict.fromkeys(range(4), -1)
    deadline = time.perf_counter() + SECONDS + 60
    while len(seen) < count and time.perf_counter() < deadline:
        places = " OR ".join(f"partition = {p} AND offset > {o}" for p, o in after.items())
        rows = client.execute(
            "SELECT partition, toInt64(offset), toInt64(substring(event_id, 2)) FROM events "
            f"WHERE tenant = 'bench' AND ({places})"
        )
        now = time.perf_counter()
        for partition, offset, number in rows:
            after[partition] = max(after[partition], offset)
            seen[number] = now
        time.sleep(LOOK_S)
    if len(seen) < count:
        raise RuntimeError(f"expected {count} rows, found {len(seen)}")
    return seen
