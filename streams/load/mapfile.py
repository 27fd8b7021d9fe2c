"""Map: the YAML that says how the lines of one kind of file become interactions.

A field is a column's name, or an object with one of `column`, `constant`, `template` and `hash`.
Whatever is wrong with a map is one MapError: which key, what was expected and what was found.
"""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from streams.codec.refusal import explain
from streams.load import targets
from streams.load.fields import Field, flaw

SOURCE_PREFIX: Final = "load:"
MapName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,58}$")]
Delimiter = Annotated[str, Meta(pattern=r"^([^\"\r\n])?$")]


class MapError(Exception):
    """A map that cannot be used; the text names the key, what was expected and found."""


class Format(enum.StrEnum):
    """How the lines of a file are written."""

    CSV = "csv"
    TSV = "tsv"
    NDJSON = "ndjson"
    COMBINED = "combined"


class FileMap(msgspec.Struct, frozen=True, kw_only=True):
    """A map that was checked; `fields` holds one Field, or several where the target is a list."""

    name: str
    format: Format | None
    columns: tuple[str, ...]
    delimiter: str
    tenant: str
    fields: dict[str, tuple[Field, ...]]

    @property
    def source(self) -> str:
        """What its interactions say they come from."""
        return SOURCE_PREFIX + self.name


class _Written(msgspec.Struct, frozen=True, kw_only=True):
    name: MapName
    format: Format | None = None
    columns: tuple[str, ...] = ()
    delimiter: Delimiter = ""
    tenant: str = ""
    campaign: str = ""
    fields: dict[str, Any]


def read_map(path: Path) -> FileMap:
    """The map in this file. Raises MapError."""
    try:
        return parse_map(path.read_bytes(), path.stem)
    except OSError as error:
        raise MapError(f"{path}: expected a readable file, found: {error.strerror}") from error
    except MapError as error:
        raise MapError(f"{path}: {error}") from error


def parse_map(yaml: bytes, stem: str) -> FileMap:
    """The map in this YAML; its name is `stem` where it does not say one. Raises MapError."""
    try:
        found = msgspec.yaml.decode(yaml)
    except msgspec.DecodeError as error:
        raise MapError(f"expected YAML, found: {error}") from error
    if isinstance(found, dict):
        found.setdefault("name", stem)
    written: _Written = _converted(found, _Written, "")
    fields = {target: _fields(target, value) for target, value in _all_fields(written).items()}
    for target in targets.REQUIRED_FIELDS:
        if target not in fields:
            raise MapError(f"fields.{target}: expected a column or a constant, found nothing")
    return FileMap(
        name=written.name,
        format=written.format,
        columns=written.columns,
        delimiter=written.delimiter,
        tenant=written.tenant,
        fields=fields,
    )


def _all_fields(written: _Written) -> dict[str, Any]:
    if not written.campaign:
        return written.fields
    if "campaign" in written.fields:
        raise MapError("campaign: expected here or in fields.campaign, found in both")
    return {**written.fields, "campaign": {"constant": written.campaign}}


def _fields(target: str, written: Any) -> tuple[Field, ...]:
    at = f"fields.{target}"
    if reason := targets.OWN_FIELDS.get(target):
        raise MapError(f"{at}: expected no such field: {target} {reason}")
    if targets.type_of(target) is None:
        raise MapError(f"{at}: expected one of {targets.known_targets()}")
    if not isinstance(written, list):
        return (_field(target, at, written),)
    if target not in targets.LIST_FIELDS:
        raise MapError(f"{at}: expected one column or object, found a list")
    return tuple(_field(target, f"{at}[{index}]", one) for index, one in enumerate(written))


def _field(target: str, at: str, written: Any) -> Field:
    if isinstance(written, str):
        written = {"column": written}
    field: Field = _converted(written, Field, at)
    if wrong := flaw(target, field):
        raise MapError(f"{at}{wrong}")
    return field


def _converted(found: Any, kind: type[msgspec.Struct], at: str) -> Any:
    known = kind.__struct_fields__
    if isinstance(found, dict) and (unknown := [key for key in found if key not in known]):
        where = f"{at}.{unknown[0]}" if at else unknown[0]
        raise MapError(f"{where}: expected one of the keys {', '.join(known)}")
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        text = explain(error, found, kind)
        joint = ": " if text.startswith("expected ") else "."
        raise MapError(f"{at}{joint}{text}" if at else text) from error
