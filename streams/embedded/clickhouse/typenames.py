"""Type names: cut at the commas and spaces that stand outside brackets and quotes."""

import re
from collections.abc import Iterator

TOKEN = re.compile(
    r"""'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"|[(),]|\s+|[^'`"(),\s]+"""
)


def arguments(inside: str) -> list[str]:
    """`String, Array(UInt8)` → [`String`, `Array(UInt8)`]."""
    found, start = [], 0
    for token in _outside_brackets(inside):
        if token[0] == ",":
            found.append(inside[start : token.start()].strip())
            start = token.end()
    last = inside[start:].strip()
    return [*found, last] if last else found


def without_name(element: str) -> str:
    """An element of a tuple: `name Type` → `Type`, and `Type` stays."""
    space = next((token for token in _outside_brackets(element) if token[0].isspace()), None)
    return element[space.end() :] if space else element


def _outside_brackets(text: str) -> Iterator[re.Match[str]]:
    depth = 0
    for token in TOKEN.finditer(text):
        depth += (token[0] == "(") - (token[0] == ")")
        if not depth:
            yield token
