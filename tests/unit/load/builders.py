"""Builders: maps and files of a few lines."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import NamedTuple

from streams.domain.outcome import DeadLetter
from streams.load.files import lines_of
from streams.load.mapfile import FileMap, parse_map
from streams.load.mapping import Mapped, Mapper
from streams.load.readers import Reader, open_reader

NOW_MS = 1_795_000_000_000
MINIMAL = """
format: csv
fields:
  visitor: who
  occurred_at: {column: at, time: epoch_s}
  stage: {constant: visit}
  kind: {constant: page_view}
"""


def file_map(fields: str = "", *, top: str = "", base: str = MINIMAL) -> FileMap:
    """The minimal map with more fields (`  page: url`) and more keys (`tenant: acme`)."""
    return parse_map(f"{base}{fields}\n{top}\n".encode(), "stem")


class Line(NamedTuple):
    """One line of a file: its number and bytes, and what became of it."""

    number: int
    raw: bytes
    outcome: Mapped | DeadLetter


def reader(content: bytes, how: FileMap) -> Reader:
    """The reader of a file that is not empty."""
    found = open_reader(how, lines_of(io.BytesIO(content)))  # type: ignore[arg-type]
    assert found is not None
    return found


def loaded(content: bytes, how: FileMap, *, tenant: str = "acme", secret: str = "") -> list[Line]:
    """What the lines of this file become."""
    return list(_loaded(content, how, tenant, secret))


def _loaded(content: bytes, how: FileMap, tenant: str, secret: str) -> Iterator[Line]:
    opened = reader(content, how)
    mapper = Mapper(how, tenant, opened.columns, secret)
    for number, raw, row in opened.lines:
        is_refused = isinstance(row, DeadLetter)
        yield Line(number, raw, row if is_refused else mapper.map(raw, row, NOW_MS))


def only(content: bytes, how: FileMap, **given: str) -> Mapped | DeadLetter:
    """What the one line of this file becomes."""
    (line,) = loaded(content, how, **given)
    return line.outcome
