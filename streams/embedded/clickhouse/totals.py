"""Totals: WITH TOTALS and extremes, which the engine's Native output leaves out.

Such a result goes through JSON once and back by the engine itself, whole and in memory.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from streams.embedded.clickhouse.columns import Field, Fields
from streams.embedded.clickhouse.packets import Progress
from streams.embedded.clickhouse.session import Parameters, Session
from streams.embedded.clickhouse.tokens import identifier, quoted

EXACT_JSON = (
    "output_format_json_quote_64bit_integers",
    "output_format_json_quote_denormals",
    "output_format_json_quote_decimals",
)


@dataclass(frozen=True, slots=True)
class Summarised:
    """A result with its totals and extremes, each Native bytes, empty where there is none."""

    fields: Fields
    rows: bytes
    totals: bytes
    extremes: bytes
    rows_before_limit: int | None
    progress: Progress


def summarised(session: Session, sql: str, params: Parameters) -> Summarised:
    answer = _answer(session, sql, params)
    fields = tuple(Field(column["name"], column["type"]) for column in answer["meta"])
    totals = [answer["totals"]] if "totals" in answer else []
    extremes = answer.get("extremes")
    statistics = answer.get("statistics", {})
    return Summarised(
        fields,
        rows=_native(session, fields, answer["data"]),
        totals=_native(session, fields, totals),
        extremes=_native(session, fields, [extremes["min"], extremes["max"]] if extremes else []),
        rows_before_limit=answer.get("rows_before_limit_at_least"),
        progress=Progress(
            read_rows=statistics.get("rows_read", 0),
            read_bytes=statistics.get("bytes_read", 0),
            elapsed_ns=int(statistics.get("elapsed", 0) * 1e9),
        ),
    )


def _answer(session: Session, sql: str, params: Parameters) -> dict[str, Any]:
    session.query("SET " + ", ".join(f"{name} = 1" for name in EXACT_JSON))
    try:
        return session.json(sql, params)
    finally:
        session.query("SET " + ", ".join(f"{name} = DEFAULT" for name in EXACT_JSON))


def _native(session: Session, fields: Fields, rows: Sequence[Any]) -> bytes:
    if not rows:
        return b""
    structure = quoted(", ".join(f"{identifier(name)} {spec}" for name, spec in fields))
    lines = quoted("\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    native: bytes = session.query(
        f"SELECT * FROM format('JSONCompactEachRow', {structure}, {lines})"
    ).bytes()
    return native
