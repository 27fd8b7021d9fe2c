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
    """Answers every chunk with its size and, unless it ends in `+`, the end of a stream."""

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
                end = b"" if chunk.endswith(b"+") else END_OF_STREAM
                connection.sendall(b"%d" % len(chunk) + end)


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


def is_refused(proxy: Proxy) -> bool:
    """Cut off at once, or before it could say a word."""
    try:
        client = connected(proxy)
    except OSError:
        return True
    with client:
        return is_cut(client)


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
        assert is_refused(proxy)


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


def test_what_comes_before_the_end_of_an_answer_that_is_lost_is_heard(proxy: Proxy) -> None:
    proxy.lose_answers(1)
    with connected(proxy) as client:
        client.sendall(BIG + b"+")
        assert answer(client) == b"5001"
        assert proxy.lost == 0
        client.sendall(b"that was all")
        assert is_cut(client)
    assert proxy.lost == 1


def test_of_two_large_requests_at_once_only_as_many_as_said_lose_their_answer(
    proxy: Proxy,
) -> None:
    proxy.mode = HANG
    proxy.lose_answers(1)
    with connected(proxy) as one, connected(proxy) as other:
        for client in (one, other):
            client.sendall(BIG)
        wait_until(lambda: not proxy.busy)
        proxy.mode = PASS
        assert sorted(map(is_cut, (one, other))) == [False, True]
    assert proxy.lost == 1


def test_a_server_with_a_large_request_before_it_is_busy_until_it_has_answered(
    proxy: Proxy,
) -> None:
    proxy.mode = MUTE
    with connected(proxy) as client:
        client.sendall(BIG)
        wait_until(lambda: proxy.busy)
        proxy.mode = PASS
        wait_until(lambda: not proxy.busy)
        assert answer(client)


def test_nobody_is_behind_a_proxy_whose_server_is_gone(proxy: Proxy, server: Server) -> None:
    server.close()
    assert is_refused(proxy)
