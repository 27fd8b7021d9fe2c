"""Field: where one value of an interaction comes from in a file, and what is made of it."""

from __future__ import annotations

import enum
import string

import msgspec
from msgspec import UNSET, UnsetType

from streams.domain.interaction import Scalar
from streams.load import targets
from streams.load.times import time_reader, zone_named


class Type(enum.StrEnum):
    """What a text stands for, where a field could take several."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One of `column`, `constant`, `template` or `hash`, and what is made of the text."""

    column: str = ""
    constant: Scalar | UnsetType = UNSET
    template: str = ""  # "https://example.org{path}"; nothing where a column of it is empty
    hash: tuple[str, ...] = ()  # nothing where all of them are empty
    values: dict[str, Scalar] = {}  # what stands in the file: what it means
    default: Scalar | UnsetType = UNSET  # where nothing is found, or nothing in `values`
    time: str = ""
    zone: str = ""
    type: Type | None = None
    scale: int = 0  # 100: "12.50" is 1250

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it is made of, in order."""
        if self.column:
            return (self.column,)
        return self.hash or tuple(name for _, name in template_parts(self.template) if name)


def template_parts(template: str) -> list[tuple[str, str]]:
    """A template as (text, column after it) pairs; raises ValueError for unpaired braces."""
    return [(text, name or "") for text, name, _, _ in string.Formatter().parse(template)]


def flaw(target: str, field: Field) -> str | None:
    """What is wrong with this field for this target: `.key: expected …`; None when nothing."""
    return (
        _flaw_of_origin(field)
        or _flaw_of_time(target, field)
        or _flaw_of_values(target, field)
        or _flaw_of_scale(target, field)
    )


def _flaw_of_origin(field: Field) -> str | None:
    said = {
        "column": bool(field.column),
        "constant": field.constant is not UNSET,
        "template": bool(field.template),
        "hash": bool(field.hash),
    }
    if sum(said.values()) != 1:
        found = ", ".join(name for name, is_said in said.items() if is_said) or "none"
        return f": expected one of column, constant, template, hash, found {found}"
    try:
        template_parts(field.template)
    except ValueError as error:
        return f".template: expected text with columns in braces, found: {error}"
    return None


def _flaw_of_time(target: str, field: Field) -> str | None:
    if target not in targets.TIME_FIELDS:
        return ".time: expected only in occurred_at" if field.time or field.zone else None
    if field.constant is not UNSET:
        return None
    try:
        zone = zone_named(field.zone)
    except ValueError as error:
        return f".zone: {error}, found {field.zone!r}"
    try:
        time_reader(field.time, zone)
    except ValueError as error:
        return f".time: {error}, found {field.time!r}"
    return None


def _flaw_of_values(target: str, field: Field) -> str | None:
    fixed = [(f".values.{text}", value) for text, value in field.values.items()]
    for key, said in ((".constant", field.constant), (".default", field.default)):
        if said is not UNSET:
            fixed.append((key, said))
    for key, value in fixed:
        if wrong := targets.unfit(target, value):
            return f"{key}: {wrong}"
    return None


def _flaw_of_scale(target: str, field: Field) -> str | None:
    if field.scale and target != "value_minor":
        return ".scale: expected only in value_minor"
    if field.scale < 0:
        return f".scale: expected 1, 10, 100 or the like, found {field.scale}"
    if field.type and not target.startswith(targets.PROPERTIES):
        return f".type: expected only in properties, found in {target}"
    return None
