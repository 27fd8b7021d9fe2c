"""Statements: a SQL file in its parts; a semicolon inside a string or a comment divides nothing."""

import re
from collections.abc import Iterator

TOKEN = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*.*?\*/ )
  | (?P<quoted> '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | `(?:[^`\\]|\\.)*` )
  | (?P<end> ; )
  | (?P<text> [^-/'"`;]+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)


def statements(sql: str) -> tuple[str, ...]:
    """The statements in order, without comments, semicolons and what is empty."""
    return tuple(part for part in (part.strip() for part in _parts(sql)) if part)


def _parts(sql: str) -> Iterator[str]:
    part: list[str] = []
    for token in TOKEN.finditer(sql):
        if token.lastgroup == "end":
            yield "".join(part)
            part = []
        elif token.lastgroup == "comment":
            part.append(" ")
        else:
            part.append(token[0])
    yield "".join(part)
