"""Spool: pixels while the broker is away, and how fast they are drained once it is back.

As many senders as before go on while it is drained, so that the drain has to outrun them.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from streams.collector.keys import add_key
from streams.embedded import kafka
from streams.embedded.ports import choose_ports
from streams.embedded.processes import Program, Supervisor
from streams.embedded.programs import collector
from streams.eventlog.topics import apply_topics
from streams.settings import Settings
from tests.senders import ask

CONNECTIONS, AWAY_S, LOOK_S = 32, 10.0, 0.02
CAUGHT_UP_WITHIN_S = 60.0


class Sample(NamedTuple):
    """How many pixels went into the spool and out of it until then."""

    at_s: float
    spooled: float
    drained: float


def run() -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """A collector and a broker that is killed; only pixels, as many as the senders manage."""
    kafka.fetch()
    with tempfile.TemporaryDirectory() as folder, Supervisor() as supervisor:
        ports = choose_ports({"kafka": 0, "controller": 0, "collector": 0})
        settings = Settings(
            home=Path(folder),
            kafka_bootstrap=f"127.0.0.1:{ports['kafka']}",
            collector_port=ports["collector"],
            collector_acknowledge_s=1.0,
            collector_address_rate=1e6,
            collector_key_rate=1e6,
        )
        key = add_key(settings.keys_file, "bench")
        broker = kafka.broker(settings, ports["kafka"], ports["controller"])
        running = supervisor.start(broker)
        supervisor.wait_until_ready(running)
        apply_topics(settings)
        supervisor.wait_until_ready(supervisor.start(collector(settings)))
        running.kill()
        supervisor.forget(running)
        samples = asyncio.run(_measure(settings, key, supervisor, broker))
    return _report(samples)


async def _measure(
    settings: Settings, key: str, supervisor: Supervisor, broker: Program
) -> list[Sample]:
    """Samples from the first spooled pixel until the spool was caught up."""
    senders = [asyncio.create_task(_send(settings, key, n)) for n in range(CONNECTIONS)]
    while (await _sample(settings)).spooled == 0:
        await asyncio.sleep(LOOK_S)
    samples = [await _sample(settings)]
    await asyncio.sleep(AWAY_S)
    samples.append(await _sample(settings))
    supervisor.start(broker)
    until = time.perf_counter() + CAUGHT_UP_WITHIN_S
    while samples[-1].drained < samples[-1].spooled:
        if time.perf_counter() > until:
            raise RuntimeError(f"expected the spool caught up, found {samples[-1]}")
        await asyncio.sleep(LOOK_S)
        samples.append(await _sample(settings))
    for sender in senders:
        if sender.done():
            sender.result()  # raises what it met
        sender.cancel()
    return samples


async def _send(settings: Settings, key: str, number: int) -> None:
    """One pixel after the other; each must get a 200."""
    reader, writer = await asyncio.open_connection("127.0.0.1", settings.collector_port)
    count = 0
    while True:
        count += 1
        page = "https%3A%2F%2Fexample.org%2F%3Futm_source%3Dnewsletter%26utm_medium%3Demail"
        path = f"/p.gif?key={key}&v=v{number}&c=spring&id={number}-{count}&u={page}"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"expected 200, found {head[:100]!r}")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r")[0]
        await reader.readexactly(int(length))


async def _sample(settings: Settings) -> Sample:
    """What the collector's metrics say now."""
    reply = await asyncio.to_thread(ask, settings, "/metrics")
    lines = (line.partition(" ") for line in reply.body.decode().splitlines())
    values = {name: value for name, _, value in lines}
    spooled, drained = (
        float(values[f"stepthree_collector_{way}_total"]) for way in ("spooled", "drained")
    )
    return Sample(time.perf_counter(), spooled, drained)


def _report(samples: list[Sample]) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    first, back, last = samples[0], samples[1], samples[-1]
    begin = max(sample for sample in samples if sample.drained == 0)
    away = (back.spooled - first.spooled) / (back.at_s - first.at_s)
    seconds = last.at_s - begin.at_s
    drain, beside = last.drained / seconds, (last.spooled - begin.spooled) / seconds
    figures = {
        "input_per_s": round(away),
        "drained": round(last.drained),
        "drain_per_s": round(drain),
        "input_beside_per_s": round(beside),
        "drain_to_input": round(drain / away, 2),
    }
    rows = [
        ("input while away", f"{away:,.0f} pixels/s answered 200, {CONNECTIONS} connections"),
        ("drained", f"{last.drained:,.0f} records in {seconds:.2f} s: {drain:,.0f}/s"),
        ("input beside the drain", f"{beside:,.0f} pixels/s into the spool"),
        ("drain to input", f"{drain / away:.1f}"),
    ]
    return rows, figures
