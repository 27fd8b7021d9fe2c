"""Channel: one client's side of the conversation: packets in and out, compressed if it asked so."""

import socket
from collections.abc import Iterator

from streams.embedded.clickhouse import packets, revisions
from streams.embedded.clickhouse.blocks import (
    Framed,
    FullTypes,
    Shape,
    frame_native,
    header_block,
    read_block,
)
from streams.embedded.clickhouse.columns import Fields
from streams.embedded.clickhouse.context import DriverContext
from streams.embedded.clickhouse.errors import EngineError
from streams.embedded.clickhouse.frames import FrameSource, Method, pack
from streams.embedded.clickhouse.packets import (
    PROFILE_EVENTS,
    FromClient,
    Greeting,
    Profile,
    Progress,
    ToClient,
)
from streams.embedded.clickhouse.requests import Hello, Query, read_hello, read_query
from streams.embedded.clickhouse.wire import Sink, SocketSource, number_bytes

PONG = number_bytes(ToClient.PONG)
END_OF_STREAM = number_bytes(ToClient.END_OF_STREAM)


def no_sink(_: bytes) -> None:
    """For a block whose rows nobody wants."""


class Channel:
    """What is sent gathers until the next read or flush(): a small answer is one system call."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = sock
        self._source = SocketSource(sock)
        self._frames = FrameSource(self._source)
        self._context = DriverContext.of(0, "UTC")
        self._gathered: list[bytes] = []
        self.compressed = False
        self.method = Method.LZ4

    @property
    def revision(self) -> int:
        return self._context.revision

    def greet(self) -> Hello:
        """Reads who the client is; from here on both sides know their revision."""
        kind = self.next_packet()
        if kind != FromClient.HELLO:
            raise ConnectionError(f"a hello packet was expected, found packet {kind}")
        hello = read_hello(self._source)
        self._context = DriverContext.of(hello.revision, "UTC")
        return hello

    def welcome(self, greeting: Greeting) -> None:
        self._context = DriverContext.of(self.revision, greeting.timezone)
        self._send(packets.hello(self.revision, greeting))
        self.flush()
        if self.revision >= revisions.QUOTA_KEY:
            self._source.text()

    def next_packet(self) -> int:
        """The kind of the packet that comes next; what was gathered is sent before waiting."""
        self.flush()
        return self._source.number()

    def read_query(self) -> Query:
        query = read_query(self._source, self.revision)
        self.compressed = query.compressed
        return query

    def read_block(self, sink: Sink) -> tuple[str, Shape]:
        """A data packet's table name and the shape of its block, whose bytes go to the sink."""
        name = self._source.text() if self.revision >= revisions.TEMPORARY_TABLES else ""
        source = self._frames if self.compressed else self._source
        return name, read_block(source, self._context, sink)

    def framed(self, native: bytes, full_types: FullTypes = tuple) -> Iterator[Framed]:
        return frame_native(native, self._context, full_types)

    def header(self, fields: Fields) -> None:
        """Tells the columns of a result, or of the rows that an INSERT expects."""
        self.block(header_block(fields, self.revision))

    def block(self, body: bytes, kind: ToClient = ToClient.DATA) -> None:
        name = b"\0" if self.revision >= revisions.TEMPORARY_TABLES else b""
        packed = pack(body, self.method) if self.compressed else body
        self._send(number_bytes(kind), name, packed)

    def progress(self, done: Progress) -> None:
        self._send(packets.progress(self.revision, done))

    def profile(self, result: Profile) -> None:
        self._send(packets.profile(result))

    def profile_events(self) -> None:
        """An empty packet, never compressed, for which a client waits after each block it sends."""
        events = header_block(PROFILE_EVENTS, self.revision)
        self._send(number_bytes(ToClient.PROFILE_EVENTS), b"\0", events)

    def timezone(self, name: str) -> None:
        if self.revision >= revisions.TIMEZONE_UPDATES:
            self._send(packets.timezone(name))

    def exception(self, error: EngineError) -> None:
        self._send(packets.exception(error))

    def pong(self) -> None:
        self._send(PONG)

    def end(self) -> None:
        self._send(END_OF_STREAM)

    def flush(self) -> None:
        if self._gathered:
            whole = b"".join(self._gathered)
            self._gathered.clear()
            self._socket.sendall(whole)

    def _send(self, *parts: bytes) -> None:
        self._gathered += parts
