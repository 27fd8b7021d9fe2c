"""Getters: a map's field as a function of one row of columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from operator import itemgetter
from typing import Final, NamedTuple

from msgspec import UNSET

from streams.codec.refusal import excerpt
from streams.domain.interaction import Scalar
from streams.load import targets
from streams.load.fields import Field, Type, template_parts
from streams.load.hashes import NameParts
from streams.load.times import time_reader, zone_named

Row = Sequence[Scalar]
Get = Callable[[Row], Scalar]
Turn = Callable[[Scalar], Scalar]


class Columns(NamedTuple):
    """What the columns of a row are called, and whether they hold more than text."""

    names: tuple[str, ...]
    are_typed: bool = False


class FieldError(ValueError):
    """A value that is not what the field takes: `field: expected …, found …`."""


def getter(target: str, field: Field, columns: Columns, name_parts: NameParts) -> Get:
    """The function that gives the field's value for a row; None or empty: nothing is there.

    It raises FieldError. `columns` are the row's, and hold all that the field names.
    """
    if field.constant is not UNSET:
        constant = field.constant
        return lambda row: constant
    pick = _picker(field, columns, name_parts)
    turn = _turn(target, field, columns.are_typed)
    default = None if field.default is UNSET else field.default
    if turn is None and default is None:
        return pick
    return _turning(target, pick, turn or _as_it_is, default)


def _picker(field: Field, columns: Columns, name_parts: NameParts) -> Get:
    places = [columns.names.index(name) for name in field.columns]
    if field.column:
        return itemgetter(places[0])
    if field.hash:
        return lambda row: name_parts(parts) if any(parts := _texts(row, places)) else None
    return _template(field.template, places)


def _template(template: str, places: Sequence[int]) -> Get:
    texts = [text for text, _ in template_parts(template)]
    tail = "" if len(texts) == len(places) else texts.pop()

    def fill(row: Row) -> Scalar:
        parts = _texts(row, places)
        if not all(parts):
            return None
        return "".join(text + part for text, part in zip(texts, parts, strict=True)) + tail

    return fill


def _texts(row: Row, places: Sequence[int]) -> list[str]:
    return [as_text(row[place]) for place in places]


def as_text(value: Scalar) -> str:
    """A scalar of a JSON file as the text that a table would hold."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _turning(target: str, pick: Get, turn: Turn, default: Scalar) -> Get:
    def get(row: Row) -> Scalar:
        value = pick(row)
        if value is None or value == "":
            return default
        try:
            turned = turn(value)
        except ValueError as error:
            raise FieldError(f"{target}: {error}, found {excerpt(as_text(value))}") from error
        return default if turned is None else turned

    return get


def _as_it_is(value: Scalar) -> Scalar:
    return value


def _turn(target: str, field: Field, is_typed: bool) -> Turn | None:
    """What is made of the found value; None: nothing, it stands as it is."""
    if target in targets.TIME_FIELDS:
        read = time_reader(field.time, zone_named(field.zone))
        return lambda value: read(as_text(value))
    if field.values:
        return _table(field)
    if target in targets.INTEGER_FIELDS:
        return lambda value: _integer(as_text(value), field.scale or 1)
    if field.type is not None:
        return _TYPED[field.type]
    return as_text if is_typed and targets.takes_text(target) else None


def _table(field: Field) -> Turn:
    values, has_default = field.values, field.default is not UNSET

    def look_up(value: Scalar) -> Scalar:
        text = as_text(value)
        if text not in values and not has_default:
            raise ValueError(f"expected one of {', '.join(values)}")
        return values.get(text)

    return look_up


def _integer(text: str, scale: int) -> int:
    if len(text) < 16 and text.isascii() and text.isdigit():
        return int(text) * scale
    value = _number(text) * scale
    if value != value.to_integral_value():
        raise ValueError(f"expected a number with no more digits than 1/{scale}")
    return int(value)


def _number(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("expected a number such as 12.5") from error
    if not value.is_finite() or abs(value.adjusted()) > 17:
        raise ValueError("expected a number such as 12.5")
    return value


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise ValueError("expected true or false")
    return text.lower() in ("true", "1")


_TYPED: Final[dict[Type, Turn]] = {
    Type.TEXT: as_text,
    Type.INTEGER: lambda value: _integer(as_text(value), 1),
    Type.NUMBER: lambda value: float(_number(as_text(value))),
    Type.BOOLEAN: lambda value: _boolean(as_text(value)),
}
