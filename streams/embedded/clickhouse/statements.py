"""Statements: what one is to the protocol: does it stream, does it wait for blocks."""

import re
from dataclasses import dataclass
from functools import lru_cache

from streams.embedded.clickhouse.tokens import Scanner, Token, tokens, unquoted

STREAMING = frozenset({"SELECT", "WITH", "FROM", "("})
LEAVES_TABLES_ALONE = STREAMING | {
    "CHECK", "DESC", "DESCRIBE", "EXISTS", "EXPLAIN", "INSERT", "KILL", "SET", "SHOW",
}  # fmt: skip  # belongs on one line
MAY_END_OTHERWISE = re.compile(r";|--|/\*|#")
INLINE_INSERT = re.compile(r"\b(VALUES|FORMAT)\b", re.IGNORECASE)
FORMAT = re.compile(r"\bFORMAT\b", re.IGNORECASE)
TOTALS = re.compile(r"\bWITH\s+TOTALS\b|\bextremes\s*=\s*['\"]?(?:1|true)", re.IGNORECASE)
INPUT = re.compile(r"\binput\s*\(\s*('(?:[^'\\]|\\.)*')\s*\)", re.IGNORECASE)
SIMPLE_NAME = re.compile(
    r"\s*(?:`(?:[^`\\]|\\.)+`|\"(?:[^\"\\]|\\.)+\"|[A-Za-z_][\w.]*)"
    r"\s*(?:\.\s*(?:`(?:[^`\\]|\\.)+`|[A-Za-z_]\w*)\s*)?$"
)
REMEMBERED_CHARS = 4096
STAGING_TABLE = "endpoint_input"


@dataclass(frozen=True, slots=True)
class Insert:
    """An INSERT whose rows come in blocks."""

    target: str  # a table's name, or FUNCTION f(...)
    columns: str  # the text between the brackets, or ""
    settings: str  # the statement's own SETTINGS, or ""

    def into_function(self) -> bool:
        return first_word(self.target) == "FUNCTION"


@dataclass(frozen=True, slots=True)
class StagedInsert:
    """INSERT ... SELECT ... FROM input('structure'), as a statement over a staging table."""

    sql: str
    structure: str


def first_word(sql: str) -> str:
    return next((token.text.upper() for token in tokens(sql)), "")


def streams(sql: str) -> bool:
    return first_word(sql) in STREAMING


def brings_its_rows(sql: str) -> bool:
    """An INSERT with its rows in the text, which must reach the engine as it is."""
    return first_word(sql) == "INSERT" and INLINE_INSERT.search(sql) is not None


def wants_totals(sql: str) -> bool:
    return TOTALS.search(sql) is not None


def trimmed(sql: str) -> str:
    """Without the semicolons, spaces and comments at the end."""
    if not MAY_END_OTHERWISE.search(sql):
        return sql.rstrip()
    return sql[: max((token.end for token in tokens(sql) if token.text != ";"), default=0)]


def without_format(sql: str) -> tuple[str, bool]:
    """The text without its FORMAT clause, and whether that was FORMAT Null.

    The protocol has one format; only Null means something to it: no rows.
    """
    if not FORMAT.search(sql):
        return sql, False
    found = list(tokens(sql))
    for index in range(len(found) - 2, -1, -1):
        if _is_format_clause(found[index : index + 3]):
            clause, name = found[index], found[index + 1]
            return sql[: clause.start] + " " + sql[name.end :], name.text.upper() == "NULL"
    return sql, False


def _is_format_clause(found: list[Token]) -> bool:
    """Does FORMAT, a name and the end (or what may follow the clause) stand here?"""
    word, name, *rest = found
    follows = rest[0].text.upper() if rest else ""
    return (
        (word.kind, word.text.upper(), name.kind) == ("word", "FORMAT", "word")
        and follows in ("", ";", "SETTINGS")
    )  # fmt: skip  # reads as one condition


def insert_awaiting_blocks(sql: str) -> Insert | None:
    """An Insert if the client is going to send blocks for this statement.

    Short statements are remembered: small inserts repeat one, and scanning it takes 0.1 ms.
    """
    return _remembered_insert(sql) if len(sql) <= REMEMBERED_CHARS else _scanned_insert(sql)


def insert_from_input(sql: str) -> StagedInsert | None:
    if first_word(sql) != "INSERT" or not (found := INPUT.search(sql)):
        return None
    staged, _ = without_format(trimmed(sql[: found.start()] + STAGING_TABLE + sql[found.end() :]))
    return StagedInsert(staged, unquoted(found[1]))


def listed_columns(text: str) -> list[str] | None:
    """The names of a plain list of columns; None for an expression such as * EXCEPT (a)."""
    if not text.strip():
        return []
    parts = text.split(",")
    if not all(SIMPLE_NAME.match(part) for part in parts):
        return None
    return [part.strip().replace("`", "").replace('"', "") for part in parts]


def _scanned_insert(sql: str) -> Insert | None:
    scan = Scanner(sql)
    if not scan.accept("INSERT"):
        return None
    scan.accept("INTO")
    scan.accept("TABLE")
    if not scan.token:
        return None
    target = _target(scan, scan.token.start)
    columns = scan.brackets()
    settings = _settings_before_data(scan)
    if settings is None or not _ends_without_data(scan):
        return None
    return Insert(target, columns, settings)


_remembered_insert = lru_cache(256)(_scanned_insert)


def _target(scan: Scanner, start: int) -> str:
    if scan.accept("FUNCTION"):
        scan.advance()
        scan.brackets()
    else:
        scan.advance()
        if scan.accept("."):
            scan.advance()
    return scan.sql[start : scan.end]


def _settings_before_data(scan: Scanner) -> str | None:
    """The statement's own SETTINGS; None if a SELECT says where its rows come from."""
    start = None
    while scan.token and scan.word() not in ("VALUES", "FORMAT", ";"):
        if scan.word() in ("SELECT", "WITH", "WATCH"):
            return None
        if scan.word() in STREAMING and start is None:
            return None
        if scan.word() == "SETTINGS":
            start = scan.token.end
        scan.advance()
    return scan.sql[start : scan.end].strip() if start is not None else ""


def _ends_without_data(scan: Scanner) -> bool:
    if scan.accept("FORMAT"):
        scan.advance()
    else:
        scan.accept("VALUES")
    scan.accept(";")
    return scan.token is None
