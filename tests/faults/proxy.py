"""Proxy: stands between a client and a server on loopback and does what networks do to both.

Bytes are never altered or dropped from the middle: a connection is delayed, held, or cut.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Final, NamedTuple

LOOPBACK: Final = "127.0.0.1"
CHUNK_BYTES: Final = 1 << 16
LARGE_BYTES: Final = 4_096  # more than a query or a handshake: rows are on their way
END_OF_STREAM: Final = b"\x05"  # the last packet of an answer in ClickHouse's native protocol
RESET: Final = struct.pack("ii", 1, 0)  # linger for 0 s: close with RST


class Way(Enum):
    """Which way bytes go."""

    ASKING = "to the server"
    ANSWERING = "to the client"


class Mode(NamedTuple):
    """What becomes of connections; `delay_s` is asked before the end of an answer goes on."""

    refuses: bool = False
    holds: frozenset[Way] = frozenset()
    delay_s: Callable[[], float] | None = None
    least_bytes: int = 0


PASS: Final = Mode()
REFUSE: Final = Mode(refuses=True)
HANG: Final = Mode(holds=frozenset(Way))
MUTE: Final = Mode(holds=frozenset({Way.ANSWERING}))  # asymmetric: requests arrive, answers do not


def slow(delay_s: Callable[[], float], least_bytes: int = 0) -> Mode:
    """The end of an answer to a request of at least so many bytes waits so long."""
    return Mode(delay_s=delay_s, least_bytes=least_bytes)


class Proxy:
    """As a context: listens on `port` inside, forwards to `upstream` as `mode` says."""

    def __init__(self, upstream: int) -> None:
        self.lost = 0  # answers that were cut off after the server had given them
        self._upstream, self._mode = upstream, PASS
        self._to_lose = self._least_bytes = 0
        self._changed = threading.Condition()
        self._links: set[_Link] = set()
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self._closed = False

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        self.mode = PASS
        self.cut()

    @property
    def mode(self) -> Mode:
        """What happens now; set it at any time, for connections old and new."""
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        with self._changed:
            self._mode = mode
            self._changed.notify_all()
        if mode.refuses:
            self.cut()

    @property
    def busy(self) -> bool:
        """Has the server a large request that it has not answered?"""
        return any(link.asked_bytes >= LARGE_BYTES for link in tuple(self._links))

    def cut(self) -> None:
        """Reset every connection."""
        for link in tuple(self._links):
            link.cut()

    def lose_answers(self, count: int, least_bytes: int = LARGE_BYTES) -> None:
        """The next `count` requests of at least so many bytes are answered, and nobody hears it."""
        with self._changed:
            self._to_lose, self._least_bytes = count, least_bytes

    def loses(self, asked_bytes: int) -> bool:
        """Is the answer to a request of this size one to lose? Whoever is told so loses it."""
        with self._changed:
            loses = self._to_lose > 0 and asked_bytes >= self._least_bytes
            self._to_lose -= loses
            self.lost += loses
            return loses

    def wait_to_ask(self) -> None:
        """Return when a chunk may go to the server."""
        self._wait_for(Way.ASKING)

    def wait_to_answer(self, asked_bytes: int) -> None:
        """Return when the end of the answer to so large a request may go to the client."""
        mode = self._wait_for(Way.ANSWERING)
        if mode.delay_s and asked_bytes >= mode.least_bytes:
            time.sleep(mode.delay_s())

    def forget(self, link: _Link) -> None:
        """The connection is over."""
        self._links.discard(link)

    def _wait_for(self, way: Way) -> Mode:
        with self._changed:
            self._changed.wait_for(lambda: way not in self._mode.holds or self._closed)
            return self._mode

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open(client)

    def _open(self, client: socket.socket) -> None:
        if self._mode.refuses:
            _reset(client)
            return
        try:
            server = socket.create_connection((LOOPBACK, self._upstream), timeout=5)
        except OSError:
            _reset(client)
            return
        server.settimeout(None)
        link = _Link(self, client, server)
        self._links.add(link)
        link.start()


class _Link:
    """One connection: a thread for each way."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self.asked_bytes = 0

    def start(self) -> None:
        for target in (self._ask, self._answer):
            threading.Thread(target=target, name="proxy-link", daemon=True).start()

    def cut(self) -> None:
        """Reset both sides."""
        for end in (self._client, self._server):
            _reset(end)
        self._proxy.forget(self)

    def _ask(self) -> None:
        with suppress(OSError):
            while chunk := self._client.recv(CHUNK_BYTES):
                self._proxy.wait_to_ask()
                self.asked_bytes += len(chunk)
                self._server.sendall(chunk)
        self.cut()

    def _answer(self) -> None:
        """What comes before the end of an answer passes: the client may have to go on for it."""
        with suppress(OSError):
            while chunk := self._server.recv(CHUNK_BYTES):
                ends = chunk.endswith(END_OF_STREAM)
                if ends and self._proxy.loses(self.asked_bytes):
                    break
                self._proxy.wait_to_answer(self.asked_bytes if ends else 0)
                self.asked_bytes = 0 if ends else self.asked_bytes
                self._client.sendall(chunk)
        self.cut()


def _reset(connection: socket.socket) -> None:
    """Close at once, with an error to whoever reads or writes there."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
