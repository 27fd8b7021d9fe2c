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
LOOK_AGAIN_S: Final = 0.05
END_OF_STREAM: Final = b"\x05"  # the last packet of an answer in ClickHouse's native protocol
RESET: Final = struct.pack("ii", 1, 0)  # linger for 0 s: close with RST


class Way(Enum):
    """Which way bytes go."""

    ASKING = "to the server"
    ANSWERING = "to the client"


class Mode(NamedTuple):
    """What becomes of connections; `delay_s` is asked before each chunk of an answer goes on."""

    refuses: bool = False
    holds: frozenset[Way] = frozenset()
    delay_s: Callable[[], float] | None = None


PASS: Final = Mode()
REFUSE: Final = Mode(refuses=True)
HANG: Final = Mode(holds=frozenset(Way))
MUTE: Final = Mode(holds=frozenset({Way.ANSWERING}))  # asymmetric: requests arrive, answers do not


def slow(delay_s: Callable[[], float]) -> Mode:
    """Every chunk of an answer waits so long."""
    return Mode(delay_s=delay_s)


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

    def cut(self) -> None:
        """Reset every connection."""
        for link in tuple(self._links):
            link.cut()

    def lose_answers(self, count: int, least_bytes: int = 4096) -> None:
        """The next `count` requests of at least so many bytes are answered, and nobody hears it."""
        with self._changed:
            self._to_lose, self._least_bytes = count, least_bytes

    def loses(self, asked_bytes: int) -> bool:
        """Is the answer to a request of this size one to lose?"""
        return self._to_lose > 0 and asked_bytes >= self._least_bytes

    def count_lost(self) -> None:
        """One more answer was lost."""
        with self._changed:
            self.lost += 1
            self._to_lose -= 1

    def wait_to_pass(self, way: Way) -> None:
        """Return when a chunk may go this way."""
        with self._changed:
            self._changed.wait_for(lambda: way not in self._mode.holds or self._closed)
            delay_s = self._mode.delay_s
        if delay_s and way is Way.ANSWERING:
            time.sleep(delay_s())

    def forget(self, link: _Link) -> None:
        """The connection is over."""
        self._links.discard(link)

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
        self._asked_bytes = 0

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
                self._proxy.wait_to_pass(Way.ASKING)
                self._asked_bytes += len(chunk)
                self._server.sendall(chunk)
        self.cut()

    def _answer(self) -> None:
        with suppress(OSError):
            while chunk := self._server.recv(CHUNK_BYTES):
                if self._proxy.loses(self._asked_bytes):
                    if self._is_whole(chunk):
                        self._proxy.count_lost()
                    break
                self._proxy.wait_to_pass(Way.ANSWERING)
                self._asked_bytes = 0
                self._client.sendall(chunk)
        self.cut()

    def _is_whole(self, answer: bytes) -> bool:
        """Wait until the server says that it is done: what was asked for is in its tables."""
        while not answer.endswith(END_OF_STREAM):
            more = self._server.recv(CHUNK_BYTES)
            if not more:
                return False
            answer += more
        return True


def _reset(connection: socket.socket) -> None:
    """Close at once, with an error to whoever reads or writes there."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
