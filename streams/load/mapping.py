"""Mapping: one line's columns to an interaction, as a map says; a line that cannot be is a refusal.

Compiled once per file: each field is one function of the row, so that a line costs few calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec
from msgspec import UNSET

from streams.codec.interaction import decode
from streams.domain.interaction import Interaction, Scalar, record_key
from streams.domain.outcome import Accepted, DeadLetter, FailureReason
from streams.load import targets
from streams.load.fields import Field
from streams.load.getters import Columns, FieldError, Get, Row, getter
from streams.load.hashes import line_namer, parts_namer
from streams.load.mapfile import FileMap, Format, MapError

EVENT_ID: Final = "event_id"

Named = list[tuple[str, Get]]


class Mapped(NamedTuple):
    """What became of a good line: the interaction, and its record for the topic."""

    interaction: Interaction
    key: bytes
    value: bytes


class Mapper:
    """The lines of one file of one tenant to interactions; raises MapError for a lacking column.

    Its map has its format. What it gives is what the worker will read: each record goes through
    the worker's own decoder.
    """

    def __init__(
        self, file_map: FileMap, tenant: str, columns: Sequence[str], secret: str = ""
    ) -> None:
        self._tenant = tenant
        self._same: dict[str, object] = {"tenant": tenant, "source": file_map.source}
        self._fields: Named = []
        self._groups: dict[str, Named] = {}
        self._lists: dict[str, list[Get]] = {}
        self._name_line = line_namer(tenant, file_map.name, secret)
        self._encode = msgspec.json.Encoder().encode
        known = Columns(tuple(columns), file_map.format is Format.NDJSON)
        name_parts = parts_namer(tenant, secret)
        for target, fields in file_map.fields.items():
            for field in fields:
                _require_columns(target, field, known.names)
                self._add(target, field, getter(target, field, known, name_parts))

    def map(self, line: bytes, row: Row, received_ms: int) -> Mapped | DeadLetter:
        """The interaction of this line, or the refusal with what was expected and found."""
        try:
            found = self._found(row)
        except FieldError as error:
            return DeadLetter(FailureReason.BAD_FIELD, str(error), line)
        found["received_at"] = received_ms
        if EVENT_ID not in found:
            found[EVENT_ID] = self._name_line(line)
        value = self._encode(found)
        key = record_key(self._tenant, str(found.get("visitor", "")))
        outcome = decode(key, value)
        if isinstance(outcome, Accepted):
            return Mapped(outcome.interaction, key, value)
        return outcome._replace(original=line)

    def _add(self, target: str, field: Field, get: Get) -> None:
        group, _, name = target.partition(".")
        if target in targets.LIST_FIELDS:
            self._lists.setdefault(target, []).append(get)
        elif name:
            self._groups.setdefault(group, []).append((name, get))
        elif field.constant is not UNSET:
            self._same[target] = field.constant
        else:
            self._fields.append((target, get))

    def _found(self, row: Row) -> dict[str, object]:
        found = self._same.copy()
        for name, get in self._fields:
            value = get(row)
            if value is not None and value != "":
                found[name] = value
        for group, fields in self._groups.items():
            if values := _values(fields, row):
                found[group] = values
        for target, gets in self._lists.items():
            found[target] = [entry for get in gets if (entry := get(row)) not in (None, "")]
        return found


def _values(fields: Iterable[tuple[str, Get]], row: Row) -> dict[str, Scalar]:
    values: dict[str, Scalar] = {}
    for name, get in fields:
        value = get(row)
        if value is not None and value != "":
            values[name] = value
    return values


def _require_columns(target: str, field: Field, columns: Sequence[str]) -> None:
    for name in field.columns:
        if columns.count(name) != 1:
            often = "twice" if name in columns else "not in it"
            raise MapError(
                f"fields.{target}: expected a column of the file ({', '.join(columns)}),"
                f" found {name!r}, which is {often}; a fixed text is written {{constant: {name}}}"
            )
