"""Connection: one client's conversation: a hello, then pings and queries until it leaves."""

import logging
import os
import socket
from contextlib import closing, suppress
from dataclasses import dataclass
from threading import Event

from streams.embedded.clickhouse.answers import Answerer
from streams.embedded.clickhouse.channel import Channel, no_sink
from streams.embedded.clickhouse.engine import Engine
from streams.embedded.clickhouse.errors import (
    EngineError,
    ErrorCode,
    StreamLostError,
    from_engine,
    refusal,
    stream_lost,
)
from streams.embedded.clickhouse.external import external_tables
from streams.embedded.clickhouse.interrupts import Running, Watcher
from streams.embedded.clickhouse.packets import FromClient, Greeting
from streams.embedded.clickhouse.requests import Hello
from streams.embedded.clickhouse.session import Session

log = logging.getLogger(__name__)

DRAIN_TIMEOUT_S = 1.0
DRAIN_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Account:
    """The one user that may connect."""

    user: str
    password: str

    def admits(self, hello: Hello) -> bool:
        return (hello.user, hello.password) == (self.user, self.password)


class Connection:
    """Runs in a thread of its own; the engine sees a session of its own."""

    def __init__(self, sock: socket.socket, number: int, engine: Engine, watcher: Watcher) -> None:
        self._socket = sock
        self._number = number
        self._engine = engine
        self._channel = Channel(sock)
        self._running = Running(sock, engine, watcher)
        self._queries = 0
        self._is_finishing = False
        self.idle = Event()  # set while no query runs
        self.idle.set()

    def serve(self, account: Account) -> None:
        """Until the client leaves or leave() is called; never raises."""
        try:
            self._converse(account)
        except (EOFError, OSError):  # the client left, or what it sends is no protocol
            pass
        except EngineError as error:
            self._part(error)
        except Exception as error:
            log.exception("connection_failed", extra={"connection": self._number})
            self._part(from_engine(error))
        finally:
            self._socket.close()

    def finish(self) -> None:
        """Begins no further query; called by other threads."""
        self._is_finishing = True

    def leave(self) -> None:
        """Stops the running query and ends the conversation; called by other threads."""
        self._running.stop()
        with suppress(OSError):  # it ended meanwhile
            self._socket.shutdown(socket.SHUT_RDWR)

    def _converse(self, account: Account) -> None:
        hello = self._channel.greet()
        if not account.admits(hello):
            raise refusal(
                ErrorCode.AUTHENTICATION_FAILED,
                f"{hello.user}: Authentication failed: password is incorrect, "
                "or there is no user with such name.",
            )
        with closing(Session(self._engine)) as session:
            if hello.database:
                session.use(hello.database)
            engine = self._engine
            self._channel.welcome(Greeting(engine.version, engine.timezone, os.urandom(8)))
            answerer = Answerer(self._channel, session, self._running)
            while not self._is_finishing:
                self._next(answerer)

    def _next(self, answerer: Answerer) -> None:
        kind = self._channel.next_packet()
        if kind == FromClient.PING:
            self._channel.pong()
        elif kind == FromClient.QUERY:
            self._query(answerer)
        elif kind == FromClient.DATA:  # what was under way when its query failed
            self._channel.read_block(no_sink)
        elif kind != FromClient.CANCEL:  # of a query that has ended already
            raise stream_lost(
                ErrorCode.UNEXPECTED_PACKET_FROM_CLIENT,
                f"A ping, query, data or cancel packet was expected, found packet {kind}.",
            )

    def _query(self, answerer: Answerer) -> None:
        self.idle.clear()
        try:
            query = self._channel.read_query()
            self._queries += 1
            self._running.cancelled = False
            marker = f"/*endpoint:{os.getpid()}.{self._number}.{self._queries}*/"
            with external_tables(self._channel, answerer.session):
                answerer.answer(query, marker)
            self._channel.flush()
        except StreamLostError:
            raise
        except EngineError as error:
            self._tell(error)
            self._channel.flush()
        finally:
            self.idle.set()

    def _tell(self, error: EngineError) -> None:
        """A cancelled query ends without an error: its client asked for it."""
        if self._running.cancelled:
            self._channel.end()
        else:
            self._channel.exception(error)

    def _part(self, error: EngineError) -> None:
        """Last words; what the client still sends is read, or its side would be reset unread."""
        with suppress(OSError):
            self._channel.exception(error)
            self._channel.flush()
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(DRAIN_TIMEOUT_S)
            while self._socket.recv(DRAIN_BYTES):
                pass
