"""Balance: twice a minute, whether all that was received is accounted for, as a metric."""

from math import nan
from threading import Event, Thread

from clickhouse_driver import Client
from clickhouse_driver.errors import Error

from streams.clock import now_ms
from streams.metrics import CONSERVATION_MISSING
from streams.settings import Settings
from streams.warehouse.client import connect
from streams.warehouse.queries import run_query

MINUTE_MS = 60_000
LOOK_BACK_MS = 24 * 60 * MINUTE_MS
SETTLING_MS = 5 * MINUTE_MS  # what is younger may still be on its way from table to table
LOOK_EVERY_S = 30.0


def missing(client: Client, at_ms: int) -> int:
    """Records of the last day, all tenants, that are in no table or in two."""
    to_ms = (at_ms - SETTLING_MS) // MINUTE_MS * MINUTE_MS
    found = run_query(client, "unbalanced", from_ms=to_ms - LOOK_BACK_MS, to_ms=to_ms)
    return int(str(found.rows[0][0]))


def watch_balance(settings: Settings, stopped: Event) -> Thread:
    """Keep the metric up to date in a thread until `stopped`; without an answer it is no number."""
    thread = Thread(target=_watch, args=(connect(settings), stopped), name="balance", daemon=True)
    thread.start()
    return thread


def _watch(client: Client, stopped: Event) -> None:
    while True:
        try:
            CONSERVATION_MISSING.set(missing(client, now_ms()))
        except (Error, OSError, EOFError):
            client.disconnect()
            CONSERVATION_MISSING.set(nan)
        if stopped.wait(LOOK_EVERY_S):
            client.disconnect()
            return
