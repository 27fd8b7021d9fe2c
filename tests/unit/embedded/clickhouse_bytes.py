"""Bytes for tests of the embedded engine: sources that arrive piece by piece, and columns."""

from typing import Any

from clickhouse_driver.bufferedwriter import BufferedSocketWriter
from clickhouse_driver.columns.service import write_column

from streams.embedded.clickhouse.context import DriverContext
from streams.embedded.clickhouse.wire import Source


class Piecewise(Source):
    """Bytes that arrive `size` at a time."""

    def __init__(self, whole: bytes, size: int) -> None:
        super().__init__()
        self._pieces = [whole[at : at + size] for at in range(0, len(whole), size)]

    def refill(self) -> None:
        if not self._pieces:
            raise EOFError
        self.buffer = bytearray(self._pieces.pop(0))
        self.current_buffer_size = len(self.buffer)


class Sent:
    """What clickhouse-driver's writer wrote, kept in place of a socket."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def sendall(self, part: bytes) -> None:
        self.parts.append(bytes(part))


def column_bytes(spec: str, values: list[Any]) -> bytes:
    """A column as clickhouse-driver writes it, which works in the list that it is given."""
    sent = Sent()
    writer = BufferedSocketWriter(sent, 1 << 16)
    context = DriverContext.of(54468, "UTC")
    context.client_settings["strings_as_bytes"] = False
    write_column(context, "v", spec, list(values), writer)
    writer.flush()
    return b"".join(sent.parts)
