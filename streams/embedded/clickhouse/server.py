"""Server: accepts clients on one address, a thread and an engine session for each."""

import socket
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread

from streams.embedded.clickhouse.connection import Account, Connection
from streams.embedded.clickhouse.engine import DataFolderError, Engine
from streams.embedded.clickhouse.interrupts import Watcher

BACKLOG = 128
LAST_WORDS_S = 5.0  # for a connection's thread to end once its client has been cut off


class AddressError(Exception):
    """The address can not be listened on: another process has the port, or the host is not here."""


class Server:
    """The port is taken before the engine starts, so that a taken one is told at once."""

    def __init__(self, path: Path, address: tuple[str, int], account: Account) -> None:
        self._listener = _listen(address)
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        self._account = account
        try:
            self._engine = Engine(path)
        except DataFolderError:
            self._listener.close()
            raise
        self._watcher = Watcher()
        self._connections: dict[Connection, Thread] = {}
        self._is_stopping = False

    def serve(self) -> None:
        """Until stop() is called by another thread."""
        number = 0
        while not self._is_stopping:
            try:
                sock, _ = self._listener.accept()
            except OSError:  # the listener was closed
                return
            number += 1
            self._welcome(Connection(sock, number, self._engine, self._watcher), number)

    def stop(self, patience_s: float = 10.0) -> None:
        """Lets running queries end for a while, then stops them; closes the data folder."""
        self._is_stopping = True
        with suppress(OSError):  # wakes accept() on Linux; elsewhere closing does
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        connections = dict(self._connections)
        for connection in connections:
            connection.finish()
        deadline = time.monotonic() + patience_s
        for connection in connections:
            connection.idle.wait(max(0.0, deadline - time.monotonic()))
        for connection in connections:
            connection.leave()
        for thread in connections.values():
            thread.join(LAST_WORDS_S)
        self._engine.close()

    def _welcome(self, connection: Connection, number: int) -> None:
        thread = Thread(
            target=self._converse, args=(connection,), name=f"connection-{number}", daemon=True
        )
        self._connections[connection] = thread
        thread.start()

    def _converse(self, connection: Connection) -> None:
        try:
            connection.serve(self._account)
        finally:
            self._connections.pop(connection, None)


def _listen(address: tuple[str, int]) -> socket.socket:
    try:
        return socket.create_server(address, backlog=BACKLOG)
    except OSError as error:
        host, port = address
        raise AddressError(
            f"an address to listen on was expected at {host}:{port}, found: {error.strerror}"
        ) from error
