"""Refusals: what a field should have been and what was found, in words a sender can act on."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import inspect

FOUND_MAX_CHARS: Final = 60
DETAIL_MAX_CHARS: Final = 500

_MISSING: Final = re.compile(r"Object missing required field `(?P<name>[^`]+)`")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<name>[^`]+)`")
_PATH: Final = re.compile(r" - at (?P<key>`key` in )?`\$(?P<path>[^`]*)`$")
_STEP: Final = re.compile(r"\.(?P<name>[^.\[]+)|\[(?P<index>\d+|\.\.\.)\]")
_UNPRINTABLE: Final = re.compile(r"[^ -~]")
_SCALARS: Final = {
    inspect.BoolType: "true or false",
    inspect.FloatType: "a number",
    inspect.NoneType: "null",
    inspect.StructType: "an object",
    inspect.AnyType: "any value",
}
_NOTHING: Final = object()


def explain(error: msgspec.ValidationError, source: bytes | object, struct: type) -> str:
    """`visitor: expected a string of 1 to 64 characters, found 7`, at most 500 characters.

    `source` is what was decoded or converted: JSON bytes, or the value itself.
    """
    steps = _steps(str(error))
    found = _found(_decoded(source), steps)
    described = describe(_type_at(_type_info(struct), steps))
    where = ".".join(steps).replace(".[", "[").replace("[...]", "")
    text = f"expected {described}, found {found}"
    return (f"{where}: {text}" if where else text)[:DETAIL_MAX_CHARS]


def excerpt(found: object) -> str:
    """A short, one-line, printable form of whatever was found."""
    if found is _NOTHING:
        return "nothing"
    raw = found if isinstance(found, bytes) else msgspec.json.encode(found)
    text = _UNPRINTABLE.sub(_escaped, raw[: FOUND_MAX_CHARS * 4].decode("utf-8", "replace"))
    return text if len(text) <= FOUND_MAX_CHARS else text[:FOUND_MAX_CHARS] + "..."


def describe(kind: inspect.Type) -> str:
    """A type in words: `a string of 1 to 64 characters`."""
    match kind:
        case inspect.StrType(min_length=least, max_length=most, pattern=pattern):
            matching = f" matching {pattern}" if pattern else ""
            words = f"a string{_between(least, most, 'characters')}{matching}"
        case inspect.IntType(ge=least, le=most):
            words = f"an integer{_between(least, most, '')}"
        case inspect.EnumType(cls=members):
            words = "one of " + ", ".join(member.value or '""' for member in members)
        case inspect.VarTupleType(min_length=least, max_length=most):
            words = f"an array{_between(least, most, 'items')}"
        case inspect.DictType(min_length=least, max_length=most):
            words = f"an object{_between(least, most, 'entries')}"
        case inspect.UnionType(types=parts):
            words = " or ".join(describe(part) for part in parts)
        case _:
            words = _SCALARS.get(type(kind), "a value")
    return words


def _between(least: int | None, most: int | None, unit: str) -> str:
    if most is None:
        return "" if least is None else f" of at least {least} {unit}".rstrip()
    if least is None:
        return f" of at most {most} {unit}".rstrip()
    return f" of {least} to {most} {unit}".rstrip()


def _escaped(character: re.Match[str]) -> str:
    return ascii(character[0])[1:-1]


def _steps(message: str) -> list[str]:
    """The path of an error as steps: names, `[3]` or `[...]`."""
    at = _PATH.search(message)
    steps = [
        step["name"] or f"[{step['index']}]" for step in _STEP.finditer(at["path"] if at else "")
    ]
    lacking = _MISSING.match(message) or _UNKNOWN.match(message)
    if at and at["key"]:
        steps.append("[...]")
    return [*steps, lacking["name"]] if lacking else steps


def _decoded(source: bytes | object) -> Any:
    if not isinstance(source, bytes):
        return source
    try:
        return msgspec.json.decode(source)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return source


def _found(value: Any, steps: list[str]) -> str:
    for step in steps:
        if step == "[...]":  # msgspec does not say which entry: show all
            break
        if isinstance(value, dict):
            value = value.get(step, _NOTHING)
        elif isinstance(value, list | tuple) and step.startswith("["):
            value = value[int(step[1:-1])]
    return excerpt(value)


def _type_at(kind: inspect.Type, steps: list[str]) -> inspect.Type:
    for step in steps:
        if isinstance(kind, inspect.StructType):
            kind = next((f.type for f in kind.fields if f.encode_name == step), inspect.AnyType())
        elif isinstance(kind, inspect.VarTupleType):
            kind = kind.item_type
        elif isinstance(kind, inspect.DictType):
            kind = kind.value_type
    return kind


@cache
def _type_info(struct: type) -> inspect.Type:
    return inspect.type_info(struct)
