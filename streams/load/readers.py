"""Readers: the lines of each format as rows of columns; a line that is none is a refusal.

Blank lines are passed over. Lines are counted from 1, a header included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath
from typing import Any, Final, NamedTuple

import msgspec

from streams.codec.interaction import refuse
from streams.codec.refusal import excerpt
from streams.domain.interaction import Scalar
from streams.domain.outcome import DeadLetter, FailureReason
from streams.load.combined import Hit, parse_hit
from streams.load.delimited import ReadLine, header, read_delimited, too_long
from streams.load.files import MAX_LINE_BYTES
from streams.load.getters import Row
from streams.load.mapfile import FileMap, Format, MapError

PACKED_SUFFIXES: Final = (".gz", ".zst", ".zstd")
FORMAT_OF_SUFFIX: Final = {
    ".csv": Format.CSV,
    ".tsv": Format.TSV,
    ".tab": Format.TSV,
    ".ndjson": Format.NDJSON,
    ".jsonl": Format.NDJSON,
    ".log": Format.COMBINED,
}
COMBINED_SHAPE: Final = 'host ident user [time] "request" status size "referrer" "user agent"'


class Reader(NamedTuple):
    """What the columns are called, and the lines of the file."""

    columns: tuple[str, ...]
    lines: Iterator[ReadLine]


def with_format(file_map: FileMap, name: str) -> FileMap:
    """The map with its format, which the file's name says where the map does not.

    Raises MapError when neither does.
    """
    if file_map.format is not None:
        return file_map
    bare = PurePath(name)
    while bare.suffix in PACKED_SUFFIXES or bare.suffix[1:].isdigit():  # access.log.2.gz
        bare = bare.with_suffix("")
    guess = FORMAT_OF_SUFFIX.get(bare.suffix.lower())
    if guess is None:
        raise MapError(f"format: expected one of {', '.join(Format)}, as {name!r} does not say it")
    return msgspec.structs.replace(file_map, format=guess)


def open_reader(file_map: FileMap, lines: Iterator[bytes]) -> Reader | None:
    """The reader of these lines, as the map's format says; None for a file without any line.

    Raises MapError for a header that cannot be read.
    """
    if file_map.format is Format.COMBINED:
        return Reader(Hit._fields, _each(lines, _combined_row))
    if file_map.format is Format.NDJSON:
        names = _names(file_map)
        paths = [name.split(".") for name in names]
        return Reader(names, _each(lines, lambda line: _json_row(line, paths)))
    is_quoted = file_map.format is Format.CSV
    delimiter = file_map.delimiter or ("," if is_quoted else "\t")
    columns, begin = file_map.columns, 1
    if not columns:
        named = header(lines, delimiter, is_quoted)
        if named is None:
            return None
        columns, begin = _column_names(named), named[0] + 1
    return Reader(columns, read_delimited(lines, delimiter, is_quoted, len(columns), begin))


def _column_names(head: ReadLine) -> tuple[str, ...]:
    _, _, names = head
    if isinstance(names, DeadLetter):
        raise MapError(f"the file's first line, its header: {names.detail}")
    return tuple(str(name).strip() for name in names)


def _names(file_map: FileMap) -> tuple[str, ...]:
    fields = (field for several in file_map.fields.values() for field in several)
    return tuple(dict.fromkeys(name for field in fields for name in field.columns))


def _each(lines: Iterable[bytes], read: Callable[[bytes], Row | DeadLetter]) -> Iterator[ReadLine]:
    for number, line in enumerate(lines, 1):
        if line:
            yield number, line, read(line) if len(line) <= MAX_LINE_BYTES else too_long(line)


def _combined_row(line: bytes) -> Row | DeadLetter:
    try:
        hit = parse_hit(line.decode())
    except UnicodeDecodeError as error:
        return refuse(line, error)
    if hit is None:
        detail = f"expected {COMBINED_SHAPE}, found {excerpt(line)}"
        return DeadLetter(FailureReason.UNREADABLE_LINE, detail, line)
    return hit


def _json_row(line: bytes, paths: Iterable[list[str]]) -> Row | DeadLetter:
    try:
        found = msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return refuse(line, error)
    if not isinstance(found, dict):
        detail = f"expected a JSON object on the line, found {excerpt(line)}"
        return DeadLetter(FailureReason.BAD_JSON, detail, line)
    row: list[Scalar] = []
    for path in paths:
        value = _at(found, path)
        if isinstance(value, dict | list):
            expected = "expected a text, a number, true, false or null"
            detail = f"{'.'.join(path)}: {expected}, found {excerpt(value)}"
            return DeadLetter(FailureReason.BAD_FIELD, detail, line)
        row.append(value)
    return row


def _at(found: dict[str, Any], path: list[str]) -> Any:
    value: Any = found
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
