"""The proxy does to connections exactly what it says, and nothing to bytes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.faults.proxy import END_OF_STREAM, HANG, LOOPBACK, MUTE, PASS, REFUSE, Proxy, slow
from tests.processes import wait_until

QUIET_S = 0.2
BIG = b"x" * 5_000


class Server:
    """Answers every chunk with its size and the end of a stream; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked = b""
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            while chunk := connection.recv(1 << 16):
                self.asked += chunk
                connection.sendall(b"%d" % len(chunk) + END_OF_STREAM)


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    with Proxy(server.port) as running:
        yield running


def connected(proxy: Proxy) -> socket.socket:
    return socket.create_connection((LOOPBACK, proxy.port), timeout=5)


def answer(client: socket.socket) -> bytes:
    """What comes next."""
    return client.recv(100)


def is_silent(client: socket.socket) -> bool:
    client.settimeout(QUIET_S)
    try:
        return not client.recv(100)
    except TimeoutError:
        return True
    finally:
        client.settimeout(5)


def is_cut(client: socket.socket) -> bool:
    try:
        return client.recv(100) == b""
    except OSError:
        return True


def test_what_is_asked_and_answered_passes_as_it_is(proxy: Proxy, server: Server) -> None:
    with connected(proxy) as client:
        client.sendall(b"abc")
        assert answer(client) == b"3" + END_OF_STREAM
    assert server.asked == b"abc"


def test_who_is_refused_is_cut_off_at_once_and_old_connections_too(proxy: Proxy) -> None:
    with connected(proxy) as old:
        old.sendall(b"abc")
        assert answer(old)
        proxy.mode = REFUSE
        assert is_cut(old)
        with connected(proxy) as new:
            assert is_cut(new)


def test_what_hangs_goes_on_where_it_was_when_it_passes_again(proxy: Proxy, server: Server) -> None:
    proxy.mode = HANG
    with connected(proxy) as client:
        client.sendall(b"abc")
        assert is_silent(client)
        assert server.asked == b""
        proxy.mode = PASS
        assert answer(client) == b"3" + END_OF_STREAM


def test_a_mute_server_hears_and_is_not_heard(proxy: Proxy, server: Server) -> None:
    proxy.mode = MUTE
    with connected(proxy) as client:
        client.sendall(b"abc")
        wait_until(lambda: server.asked == b"abc")
        assert is_silent(client)
        proxy.mode = PASS
        assert answer(client) == b"3" + END_OF_STREAM


def test_a_slow_answer_waits_as_long_as_it_is_told(proxy: Proxy) -> None:
    waits = iter((0.3, 0.0))
    proxy.mode = slow(lambda: next(waits))
    with connected(proxy) as client:
        client.sendall(b"abc")
        assert is_silent(client)
        assert answer(client) == b"3" + END_OF_STREAM
        client.sendall(b"abcd")
        assert answer(client) == b"4" + END_OF_STREAM


def test_a_lost_answer_was_given_and_only_to_a_large_request(proxy: Proxy, server: Server) -> None:
    proxy.lose_answers(1)
    with connected(proxy) as client:
        client.sendall(b"small")
        assert answer(client) == b"5" + END_OF_STREAM
        client.sendall(BIG)
        assert is_cut(client)
    assert (proxy.lost, server.asked) == (1, b"small" + BIG)
    with connected(proxy) as client:
        client.sendall(BIG)
        assert answer(client) == b"5000" + END_OF_STREAM


def test_nobody_is_behind_a_proxy_whose_server_is_gone(proxy: Proxy, server: Server) -> None:
    server.close()
    with connected(proxy) as client:
        assert is_cut(client)
