"""Loading: a file's lines through its map to the log; the first are judged before any is sent."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Final, NamedTuple

from streams import clock
from streams.load.files import LoadFile
from streams.load.limit import Limit
from streams.load.mapfile import FileMap
from streams.load.mapping import Mapper
from streams.load.readers import open_reader
from streams.load.sending import Sender
from streams.load.tally import HEAD_LINES, LoadedLine, Tally, read_lines

SHOW_EVERY_LINES: Final = 1_000


class Load(NamedTuple):
    """A file that is open and the map it is read by; the map has its format."""

    file: LoadFile
    file_map: FileMap
    tenant: str
    secret: str = ""


class Begun(NamedTuple):
    """The first lines, read and counted, and the rest, which is read as it is taken."""

    head: list[LoadedLine]
    rest: Iterator[LoadedLine]


def begin(load: Load, tally: Tally) -> Begun:
    """Read the first lines. Raises MapError."""
    with tally.noting_breaks():
        reader = open_reader(load.file_map, load.file.lines())
        if reader is not None:
            mapper = Mapper(load.file_map, load.tenant, reader.columns, load.secret)
            lines = read_lines(reader.lines, mapper, tally, clock.now_ms)
            return Begun(list(islice(lines, HEAD_LINES)), lines)
    return Begun([], iter(()))


def judge(begun: Begun, tally: Tally, limit: Limit) -> None:
    """Raises TooManyRefused when the first lines, or the whole of a short file, show it."""
    limit.check(tally, at_end=len(begun.head) < HEAD_LINES)


def send_all(load: Load, begun: Begun, tally: Tally, limit: Limit, sender: Sender) -> Iterator[int]:
    """Send all lines, giving now and then the bytes of the file read so far.

    Raises TooManyRefused and BrokerFailed.
    """
    for sent, (_, outcome) in enumerate(chain(begun.head, begun.rest), 1):
        sender.send(outcome)
        if sent > HEAD_LINES:
            limit.check(tally)
        if sent % SHOW_EVERY_LINES == 0:
            yield load.file.done_bytes
    sender.finish()
    limit.check(tally, at_end=True)
