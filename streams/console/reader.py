"""Reader: named queries off the event loop; a warehouse that is away is one exception."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from clickhouse_driver import Client
from clickhouse_driver.errors import Error
from msgspec import Raw

from streams.clock import monotonic_s
from streams.console.shape import as_json
from streams.metrics import CONSOLE_QUERY_SECONDS
from streams.settings import Settings
from streams.warehouse.client import connect
from streams.warehouse.errors import one_line
from streams.warehouse.queries import Value, run_query

CONNECTIONS = 4


class AwayError(Exception):
    """ClickHouse did not answer, or not as it should; the text is one line."""


class Reader:
    """Runs queries on a few connections, at most one query each at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._own = threading.local()
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="warehouse")

    async def read(self, name: str, parameters: dict[str, Value]) -> Raw:
        """The rows of a named query as JSON; AwayError when there are none to be had."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._read, name, parameters)

    def close(self) -> None:
        """Take no more queries; those running end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _read(self, name: str, parameters: dict[str, Value]) -> Raw:
        began_s = monotonic_s()
        client = self._client()
        try:
            result = run_query(client, name, **parameters)
        except (Error, OSError, EOFError) as error:
            client.disconnect()
            raise AwayError(one_line(error)) from error
        CONSOLE_QUERY_SECONDS.labels(name).observe(monotonic_s() - began_s)
        return as_json(result)

    def _client(self) -> Client:
        """This thread's connection; the driver connects anew after it was closed."""
        if not hasattr(self._own, "client"):
            self._own.client = connect(self._settings)
        return self._own.client
