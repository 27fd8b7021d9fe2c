"""Watching: signs, health and watchdog of an app, from before it starts until the process ends."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import faust

from streams.clock import monotonic_s
from streams.settings import Settings
from streams.warehouse.client import connect
from streams.worker.asking import ANSWER_WITHIN_S, ask_log, beat, start_asking
from streams.worker.ending import REFUSED, end_process
from streams.worker.health import Health, serve_health
from streams.worker.lanes import Lanes
from streams.worker.signs import Signs
from streams.worker.watchdog import start_watchdog


def watch_progress(app: faust.App, lanes: Lanes, settings: Settings) -> None:
    """Serve health now; ask, beat and watch once the app runs."""
    signs = Signs(monotonic_s())
    health = Health(lambda: signs.dead(monotonic_s()), lambda: signs.unready(monotonic_s()))
    if settings.worker_metrics_port:
        serve_health(settings.worker_metrics_port, health, settings.worker_metrics_host)

    async def keep_watching() -> None:
        start_asking(connect(settings, ANSWER_WITHIN_S), signs.clickhouse)
        start_watchdog(signs, settings.watchdog_s, monotonic_s, end_process)
        await _together(beat(lanes, signs), ask_log(lanes, signs, _shrunk))

    app.task(keep_watching)


async def _together(*endless: Coroutine[Any, Any, None]) -> None:
    """None outlives another: without an answer of the log a beat would mean nothing."""
    tasks = [asyncio.create_task(each) for each in endless]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


def _shrunk(why: str) -> Any:
    end_process(REFUSED, why)
