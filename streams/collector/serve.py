"""Serve: one process of the collector, from its settings to its last acknowledged record."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import secrets
import signal
import socket
from collections.abc import Callable
from typing import Final

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from streams.clock import monotonic_s, now_ms
from streams.collector.acknowledging import Outbox
from streams.collector.app import App
from streams.collector.delivery import Delivery
from streams.collector.keyring import KeyRing
from streams.collector.parts import Parts
from streams.collector.rates import Rate
from streams.collector.reach import Reach
from streams.collector.spool.drain import Drain
from streams.collector.spool.keeping import Keeping
from streams.eventlog.producer import Producer
from streams.settings import Settings

MAX_HEADER_BYTES: Final = 16_384
HEADER_TIMEOUT_MS: Final = 5_000
LINGER_MS: Final = 2.0
BURST_S: Final = 2.0
WATCH_EVERY_S: Final = 1.0
LOST_AFTER_S: Final = 60.0  # each record is acknowledged or given up within collector_acknowledge_s
LOST: Final = 70  # exit code: a new process can go on
COLLECT_SELDOM: Final = (
    50_000,
    20,
    100,
)  # a request leaves no cycles; looking for them is a tenth of it

_log: Final = logging.getLogger(__name__)


class AddressTakenError(RuntimeError):
    """Another program listens where the collector should."""


def check_address(settings: Settings) -> None:
    """Raises AddressTakenError: processes may share a port, and must not do so by chance."""
    host, port = settings.collector_host, settings.collector_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise AddressTakenError(
            f"{host}:{port}: expected a free address, found {os.strerror(error.errno or 0)};"
            " set STEPTHREE_COLLECTOR_PORT or STEPTHREE_COLLECTOR_HOST"
        ) from error


def serve(settings: Settings, watch: Callable[[], None] = lambda: None) -> bool:
    """Serve until a signal comes; False when the producer failed for good.

    `watch` is called every second, and what it raises ends the process.
    """
    return asyncio.run(_serve(settings, watch))


def make_parts(settings: Settings, outbox: Outbox, reach: Reach, drain: Drain | None) -> Parts:
    """The collector's parts for these settings."""
    return Parts(
        keys=KeyRing(settings.keys_file, monotonic_s),
        outbox=outbox,
        reach=reach,
        delivery=Delivery(outbox, reach, drain),
        key_rate=Rate(settings.collector_key_rate, BURST_S, monotonic_s),
        address_rate=Rate(settings.collector_address_rate, BURST_S, monotonic_s),
        proxies=settings.collector_proxies,
        now_ms=now_ms,
        new_id=lambda: secrets.token_hex(16),
    )


async def _serve(settings: Settings, watch: Callable[[], None]) -> bool:
    producer = Producer(
        settings,
        delivery_timeout_s=settings.collector_acknowledge_s,
        linger_ms=LINGER_MS,
        polled=True,
    )
    loop = asyncio.get_running_loop()
    outbox = Outbox(producer, loop)
    reach = Reach(outbox)
    keeping = Keeping(settings, outbox, reach, now_ms)
    app = App(make_parts(settings, outbox, reach, keeping.drain), monotonic_s)
    keeping.start(app.failed.set)
    server = _server(settings, app)
    gc.freeze()
    gc.set_threshold(*COLLECT_SELDOM)
    lost_s = max(LOST_AFTER_S, 2 * settings.collector_acknowledge_s)

    def look() -> None:
        _end_if_lost(outbox, lost_s)
        watch()

    stopping = loop.create_task(_until_stopped(app, look))
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stopping.cancel)
    serving = loop.create_task(server.serve())
    await asyncio.wait((stopping, serving), return_when=asyncio.FIRST_COMPLETED)
    server.stop()
    await serving
    await keeping.stop_draining()
    reach.close()
    await asyncio.to_thread(producer.close)
    await keeping.close()
    if stopping.done() and not stopping.cancelled():
        stopping.result()
    return not app.failed.is_set()


def _end_if_lost(outbox: Outbox, within_s: float) -> None:
    """End the process when its producer tells of no record any more, not even that it failed."""
    if outbox.silent_s > within_s:
        _log.critical("no acknowledgement came for %.0f s though records wait", outbox.silent_s)
        logging.shutdown()
        os._exit(LOST)


async def _until_stopped(app: App, watch: Callable[[], None]) -> None:
    while not app.failed.is_set():
        watch()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(app.failed.wait(), WATCH_EVERY_S)


def _server(settings: Settings, app: App) -> Server:
    return Server(
        app,
        address=settings.collector_host,
        port=settings.collector_port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        websockets=False,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_TIMEOUT_MS, max_buffer_size=MAX_HEADER_BYTES
        ),
        log_enabled=False,
    )
