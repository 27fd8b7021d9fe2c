"""Shape: how deep and how wide a sender's JSON may be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MAX_DEPTH: Final = 10
MAX_KEYS: Final = 300


def misshapen(raw: bytes, found: object) -> str | None:
    """What is wrong with the shape of JSON text and its value; None when it is fine.

    Most text has too few brackets and colons to be wrong, and is not walked.
    """
    if raw.count(b"{") + raw.count(b"[") <= MAX_DEPTH and raw.count(b":") <= MAX_KEYS:
        return None
    level, depth, keys = [found], 0, 0
    while level := [value for value in level if isinstance(value, dict | list)]:
        depth += 1
        keys += sum(len(value) for value in level if isinstance(value, dict))
        if depth > MAX_DEPTH:
            return f"expected at most {MAX_DEPTH} levels of nesting, found more"
        if keys > MAX_KEYS:
            return f"expected at most {MAX_KEYS} keys, found {keys}"
        level = [inner for value in level for inner in _inner(value)]
    return None


def _inner(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
