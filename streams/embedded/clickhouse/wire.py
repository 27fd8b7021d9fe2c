"""Sources of bytes: readers that can hand on, unchanged, what passes through them.

They are clickhouse-driver's compiled reader with a recorder, so that a String column of 10,000
values is walked in C and its bytes reach the engine without one object per value.
"""

import socket
from collections.abc import Callable

from clickhouse_driver.bufferedreader import BufferedReader
from clickhouse_driver.varint import make_varint, read_varint

from streams.embedded.clickhouse.errors import ErrorCode, stream_lost

SOCKET_BUFFER_BYTES = 1 << 20

Sink = Callable[[bytes], None]


class Source(BufferedReader):  # type: ignore[misc]  # clickhouse-driver ships no types
    """A reader with a recorder: what passes between record() and stop() goes to a sink."""

    position: int
    buffer: bytearray
    current_buffer_size: int

    def __init__(self) -> None:
        super().__init__(0)
        self._sink: Sink | None = None
        self._mark = 0

    def refill(self) -> None:
        """Puts new bytes into `buffer` and their number into `current_buffer_size`."""
        raise NotImplementedError

    def read_into_buffer(self) -> None:
        """Called by the compiled reader when its buffer is used up."""
        if self._sink is not None:
            self._hand_on(self._sink, self.current_buffer_size)
        self._mark = 0
        self.refill()

    def record(self, sink: Sink) -> None:
        self._sink, self._mark = sink, self.position

    def stop(self) -> None:
        """Ends a recording: everything up to here has gone to the sink."""
        if self._sink is not None:
            self._hand_on(self._sink, self.position)
        self._sink = None

    def skip(self, count: int) -> None:
        while count:
            step = min(self._available(), count)
            self.position += step
            count -= step

    def drop(self, count: int) -> None:
        """Skips bytes that a running recording must not contain."""
        sink = self._sink
        self.stop()
        self.skip(count)
        if sink is not None:
            self.record(sink)

    def rest(self) -> None:
        """Skips all that is in the buffer."""
        self.position = self.current_buffer_size

    def number(self) -> int:
        """A variable-length integer."""
        return int(read_varint(self))

    def text(self) -> str:
        text = self.text_or_bytes()
        if isinstance(text, bytes):
            raise stream_lost(
                ErrorCode.UNEXPECTED_PACKET_FROM_CLIENT, f"Text is not UTF-8: {text[:40]!r}."
            )
        return text

    def text_or_bytes(self) -> str | bytes:
        """A string; its bytes if they are not UTF-8."""
        found: str | bytes = self.read_strings(1, "utf-8")[0]
        return found

    def unsigned(self, size: int) -> int:
        return int.from_bytes(self.read_exactly(size), "little")

    def read_exactly(self, count: int) -> bytearray:
        end = self.position + count
        if end <= self.current_buffer_size:
            self.position, start = end, self.position
            return self.buffer[start:end]
        gathered = bytearray()
        while len(gathered) < count:
            step = min(self._available(), count - len(gathered))
            gathered += memoryview(self.buffer)[self.position : self.position + step]
            self.position += step
        return gathered

    def _available(self) -> int:
        if self.position == self.current_buffer_size:
            self.read_into_buffer()
            self.position = 0
        return self.current_buffer_size - self.position

    def _hand_on(self, sink: Sink, end: int) -> None:
        if end > self._mark:
            sink(bytes(memoryview(self.buffer)[self._mark : end]))
        self._mark = end


class SocketSource(Source):
    """What a client sends."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._socket = sock
        self.buffer = bytearray(SOCKET_BUFFER_BYTES)

    def refill(self) -> None:
        received = self._socket.recv_into(self.buffer)
        if not received:
            raise EOFError("the client is gone")
        self.current_buffer_size = received


class MemorySource(Source):
    """A block that is wholly in memory."""

    def __init__(self, block: bytes) -> None:
        super().__init__()
        self.buffer = bytearray(block)
        self.current_buffer_size = len(self.buffer)

    def refill(self) -> None:
        raise EOFError("the block ends too early")

    def ended(self) -> bool:
        return self.position == self.current_buffer_size


def number_bytes(number: int) -> bytes:
    """A variable-length integer as the protocol writes it."""
    return bytes(make_varint(number))


def text_bytes(text: str) -> bytes:
    encoded = text.encode()
    return number_bytes(len(encoded)) + encoded
