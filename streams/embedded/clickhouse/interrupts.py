"""Interrupts: a client that cancels or leaves stops its running query.

A connection's thread is inside the engine then and can not listen, so one thread does for all.
"""

import selectors
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Thread, Timer

from streams.embedded.clickhouse.engine import Engine
from streams.embedded.clickhouse.packets import FromClient

CANCEL_DELAY_S = 0.1  # a server too looks for a cancel only so often; until then rows are sent
GONE = b""
CANCEL = bytes([FromClient.CANCEL])


class Running:
    """The query that runs for one connection, if any, and whether its client gave it up."""

    def __init__(self, sock: socket.socket, engine: Engine, watcher: "Watcher") -> None:
        self.socket = sock
        self._engine = engine
        self._watcher = watcher
        self._lock = Lock()
        self._marker: str | None = None
        self.cancelled = False

    @contextmanager
    def watched(self, marker: str) -> Iterator[None]:
        """While this lasts, the client can stop the query that ends with this marker."""
        self._marker = marker
        self._watcher.watch(self)
        try:
            yield
        finally:
            self._watcher.leave(self)
            with self._lock:
                self._marker = None

    def interrupted(self) -> None:
        """The client sent something, or left, while its query runs."""
        try:
            first = self.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except OSError:
            first = GONE
        if first in (GONE, CANCEL) and (marker := self._marker):
            timer = Timer(CANCEL_DELAY_S, self.stop, (marker,))
            timer.daemon = True
            timer.start()

    def stop(self, marker: str | None = None) -> None:
        """Cancels the running query; with a marker only if it is still that one."""
        with self._lock:
            if self._marker is None or marker not in (None, self._marker):
                return
            self.cancelled, stopped = True, self._marker
        self._engine.kill(stopped)


class Watcher:
    """Tells a running query, once, that there is something to read from its client."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._lock = Lock()
        self._watched: set[Running] = set()
        Thread(target=self._listen, name="interrupts", daemon=True).start()

    def watch(self, running: Running) -> None:
        with self._lock:
            self._selector.register(running.socket, selectors.EVENT_READ, running)
            self._watched.add(running)

    def leave(self, running: Running) -> None:
        with self._lock:
            if running in self._watched:
                self._watched.remove(running)
                self._selector.unregister(running.socket)

    def _listen(self) -> None:
        while True:
            for key, _ in self._selector.select():
                self.leave(key.data)
                key.data.interrupted()
