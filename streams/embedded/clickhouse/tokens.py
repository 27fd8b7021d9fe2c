"""Tokens of SQL: enough to tell what a statement is without parsing it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

TOKEN = re.compile(
    r"(?P<space>\s+|--[^\n]*|#[ !][^\n]*|/\*.*?\*/)"
    r"|(?P<string>'(?:[^'\\]|\\.|'')*')"
    r"|(?P<quoted>`(?:[^`\\]|\\.|``)*`|\"(?:[^\"\\]|\\.|\"\")*\")"
    r"|(?P<word>[A-Za-z_][\w$]*)"
    r"|(?P<number>\d[\w.]*)"
    r"|(?P<mark>.)",
    re.DOTALL,
)
ESCAPES = {
    "b": "\b", "f": "\f", "r": "\r", "n": "\n", "t": "\t", "0": "\0", "a": "\a", "v": "\v",
}  # fmt: skip  # belongs on one line


class Token(NamedTuple):
    """One token and where it stands: [start, end) in the statement."""

    kind: str
    text: str
    start: int
    end: int


def tokens(sql: str) -> Iterator[Token]:
    """The tokens that mean something: neither spaces nor comments."""
    for match in TOKEN.finditer(sql):
        if match.lastgroup and match.lastgroup != "space":
            yield Token(match.lastgroup, match[0], match.start(), match.end())


class Scanner:
    """One token of look-ahead over a statement."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.end = 0  # of the token passed last
        self._stream = tokens(sql)
        self.token: Token | None = next(self._stream, None)

    def word(self) -> str:
        return self.token.text.upper() if self.token else ""

    def advance(self) -> None:
        if self.token:
            self.end = self.token.end
        self.token = next(self._stream, None)

    def accept(self, *words: str) -> bool:
        """Passes the next token if it is one of these."""
        found = self.word() in words
        if found:
            self.advance()
        return found

    def brackets(self) -> str:
        """Passes a bracketed group and returns what stands inside; "" if none comes next."""
        if not self.accept("("):
            return ""
        start, depth = self.end, 1
        while (token := self.token) and depth:
            depth += (token.text == "(") - (token.text == ")")
            self.advance()
        return self.sql[start : self.end if depth else self.end - 1]


def quoted(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def identifier(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def unquoted(literal: str) -> str:
    """The value of a string literal; anything else stays as it is."""
    if len(literal) < 2 or literal[0] != "'":
        return literal
    return re.sub(
        r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), literal[1:-1], flags=re.DOTALL
    )
