"""Strings: the checks a JSON decoder does not make: no NUL anywhere, names that are names."""

from __future__ import annotations

import re
from typing import Final, Protocol

import msgspec

from streams.codec.refusal import excerpt
from streams.domain.interaction import NAME_PATTERN

_NAME: Final = re.compile(NAME_PATTERN)
_REMEMBERED_MAX: Final = 4_096


class Named(Protocol):
    """What has a kind and a source."""

    @property
    def kind(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def tenant(self) -> str: ...


class KnownNames:
    """Checks names by remembering the good ones: a look-up costs a tenth of a regex match.

    `known` is read directly where a call would be too dear; bounded, since names come from outside.
    """

    def __init__(self) -> None:
        self.known: set[str] = set()

    def misnamed(self, named: Named) -> str | None:
        """What is wrong with the first bad name among tenant, kind and source."""
        for field in ("tenant", "kind", "source"):
            name = getattr(named, field)
            if not _NAME.fullmatch(name):
                expected = f"a string of 1 to 64 characters matching {NAME_PATTERN}"
                return f"{field}: expected {expected}, found {excerpt(name)}"
            if len(self.known) >= _REMEMBERED_MAX:
                self.known.clear()
            self.known.add(name)
        return None


def nul_found(raw: bytes, found: object = None) -> str | None:
    """The refusal of a NUL character anywhere in JSON text; `found` is its value when known."""
    if b"\\u0000" not in raw:
        return None
    path = nul_path(msgspec.json.decode(raw) if found is None else found)
    return f"{path}: expected a string without NUL, found \\u0000" if path else None


def nul_path(found: object, path: str = "") -> str | None:
    """Where a decoded JSON value holds a NUL character; None when nowhere."""
    if isinstance(found, str):
        return (path or "value") if "\0" in found else None
    if isinstance(found, dict):
        inner = [(value, f"{path}.{name}".strip(".")) for name, value in found.items()]
        inner += [(name, f"{path} name".strip()) for name in found]
    elif isinstance(found, list):
        inner = [(value, f"{path}[{index}]") for index, value in enumerate(found)]
    else:
        return None
    return next((hit for value, where in inner if (hit := nul_path(value, where))), None)
