"""Writer: one ClickHouse connection in a thread of its own; repeats an insert until it succeeds.

The same token always stands for the same rows, so that a repeated insert adds nothing, neither to
the table nor to the targets of its views.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from clickhouse_driver.errors import Error as ClickHouseError

from streams import metrics
from streams.clock import monotonic_s
from streams.ports.facts import InsertBatch
from streams.settings import Settings
from streams.warehouse.client import connect
from streams.warehouse.errors import one_line
from streams.warehouse.retries import RETRIES, Retries

INSERT_SETTINGS: Final = {
    "async_insert": 0,
    "insert_deduplicate": 1,
    "deduplicate_insert": "enable",
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "optimize_on_insert": 0,
    "max_insert_threads": 1,
    "max_threads": 1,
    "max_partitions_per_insert_block": 0,  # a backlog may span many days of receipt
}
FIRST_WAIT_S: Final = 0.1
LONGEST_WAIT_S: Final = 15.0
log = logging.getLogger(__name__)


class Writer:
    """Implements `ports.facts.FactWriter`; `connect` opens a client, anew after an error."""

    def __init__(
        self,
        settings: Settings,
        connect: Callable[[Settings], Any] = connect,
        retries: Retries = RETRIES,
    ) -> None:
        self._settings, self._connect, self._retries = settings, connect, retries
        self._client: Any = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="insert")
        self._given_up = threading.Event()

    async def write(self, inserts: Sequence[InsertBatch], token: str) -> bool:
        """Every insert in order, each until it is acknowledged; False after `give_up`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._write_all, inserts, token)

    def give_up(self) -> None:
        """Stop repeating at once; an insert under way is not waited for."""
        self._given_up.set()
        self._thread.shutdown(wait=False)

    def _write_all(self, inserts: Sequence[InsertBatch], token: str) -> bool:
        with metrics.WORKER_INSERT_SECONDS.time():
            try:
                return all(self._write(insert, token) for insert in inserts if insert.rows)
            finally:
                self._retries.over(self)

    def _write(self, insert: InsertBatch, token: str) -> bool:
        wait_s = FIRST_WAIT_S
        while not self._given_up.is_set():
            try:
                self._insert(insert, token)
            except (ClickHouseError, OSError, EOFError) as error:
                log.warning("insert %s into %s: %s", token, insert.table, one_line(error))
                self._retries.failed(self, monotonic_s(), one_line(error))
                metrics.WORKER_INSERT_RETRIES.inc()
                self._disconnect()
                self._given_up.wait(wait_s * random.uniform(0.5, 1.0))
                wait_s = min(wait_s * 2, LONGEST_WAIT_S)
            else:
                self._retries.over(self)
                metrics.WORKER_ROWS.labels(insert.table).inc(insert.rows)
                return True
        return False

    def _insert(self, insert: InsertBatch, token: str) -> None:
        if self._client is None:
            self._client = self._connect(self._settings)
        names = ", ".join(f"`{name}`" for name in insert.columns)
        self._client.execute(
            f"INSERT INTO {insert.table} ({names}) VALUES",
            list(insert.columns.values()),
            columnar=True,
            settings=INSERT_SETTINGS | {"insert_deduplication_token": insert.token or token},
        )

    def _disconnect(self) -> None:
        if self._client is not None:
            self._client.disconnect()
            self._client = None
