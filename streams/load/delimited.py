"""Delimited: comma or tab separated lines as rows; in CSV a quoted column may hold line ends.

A quote that never closes costs its own line, not the file: the lines after it are read again.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Final

from streams.codec.interaction import refuse
from streams.codec.refusal import excerpt
from streams.domain.outcome import DeadLetter, FailureReason
from streams.load.files import MAX_LINE_BYTES
from streams.load.getters import Row

MAX_RECORD_LINES: Final = 1_000
QUOTE: Final = b'"'

ReadLine = tuple[int, bytes, Row | DeadLetter]
"""The line's number, its bytes, and its columns or why it has none."""


def too_long(line: bytes) -> DeadLetter:
    """The refusal of a line longer than MAX_LINE_BYTES; only its start is kept."""
    detail = f"expected a line of at most {MAX_LINE_BYTES} bytes, found a longer one; cut there"
    return DeadLetter(FailureReason.TOO_LARGE, detail, line[:MAX_LINE_BYTES])


def header(lines: Iterator[bytes], delimiter: str, is_quoted: bool) -> ReadLine | None:
    """The first line that is not blank, whose columns are the names; None when there is none."""
    for number, line in enumerate(lines, 1):
        if line:
            return next(read_delimited(iter((line,)), delimiter, is_quoted, 0, number))
    return None


def read_delimited(
    lines: Iterator[bytes], delimiter: str, is_quoted: bool, width: int, begin: int
) -> Iterator[ReadLine]:
    """Rows of `width` columns (0: any); the first line's number is `begin`."""
    source = _Numbered(lines, begin)
    while (line := source.take()) is not None:
        number = source.number
        if len(line) > MAX_LINE_BYTES:
            yield number, line, too_long(line)
        elif is_quoted and QUOTE in line:
            record, row = _quoted(source, line, delimiter)
            yield number, record, _fitting(record, row, width)
        elif line:
            try:
                row = line.decode().split(delimiter)
            except UnicodeDecodeError as error:
                row = refuse(line, error)
            yield number, line, row if len(row) == width else _fitting(line, row, width)


class _Numbered:
    """Lines with their numbers; some may be given back."""

    def __init__(self, lines: Iterator[bytes], begin: int) -> None:
        self._lines = lines
        self._returned: list[bytes] = []
        self.number = begin - 1  # of the line taken last

    def take(self) -> bytes | None:
        """The next line, or None at the end."""
        line = self._returned.pop() if self._returned else next(self._lines, None)
        if line is not None:
            self.number += 1
        return line

    def give_back(self, lines: list[bytes]) -> None:
        """Put these lines, the last that were taken, before all that follow."""
        self._returned.extend(reversed(lines))
        self.number -= len(lines)


def _quoted(source: _Numbered, line: bytes, delimiter: str) -> tuple[bytes, Row | DeadLetter]:
    """The record that begins with this line, and its columns."""
    taken = [line]
    try:
        row = next(csv.reader(_feed(source, taken), delimiter=delimiter, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        source.give_back(taken[1:])
        if isinstance(error, UnicodeDecodeError):
            return line, refuse(line, error)
        detail = f"expected quotes as in RFC 4180, found {excerpt(line)}: {error}"
        return line, DeadLetter(FailureReason.UNREADABLE_LINE, detail, line)
    return b"\n".join(taken), row


def _feed(source: _Numbered, taken: list[bytes]) -> Iterator[str]:
    size_bytes = len(taken[0])
    yield taken[0].decode() + "\n"
    while len(taken) < MAX_RECORD_LINES and (line := source.take()) is not None:
        taken.append(line)
        size_bytes += len(line) + 1
        if size_bytes > MAX_LINE_BYTES:
            return
        yield line.decode() + "\n"


def _fitting(line: bytes, row: Row | DeadLetter, width: int) -> Row | DeadLetter:
    if width in (0, len(row)) or isinstance(row, DeadLetter):
        return row
    detail = f"expected {width} columns, found {len(row)}: {excerpt(line)}"
    return DeadLetter(FailureReason.UNREADABLE_LINE, detail, line)
