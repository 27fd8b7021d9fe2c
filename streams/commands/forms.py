"""Forms: a query's result as a table for people, or as JSON, CSV or TSV for programs."""

import csv
import sys
from collections.abc import Callable, Iterable
from datetime import date, datetime

import msgspec
from rich.console import Console
from rich.table import Table

from streams.warehouse.queries import QueryResult

UNLIMITED = 10_000  # columns; a table in a file is not folded to the width of a screen


def print_table(result: QueryResult) -> None:
    """Numbers to the right, as wide as the screen, or as it needs where there is none."""
    if not result.columns:
        return
    table = Table()
    for position, column in enumerate(result.columns):
        is_number = any(isinstance(row[position], int | float) for row in result.rows)
        table.add_column(column, justify="right" if is_number else "left", overflow="fold")
    for row in result.rows:
        table.add_row(*map(_cell, row))
    Console(width=None if sys.stdout.isatty() else UNLIMITED, markup=False).print(table)


def print_json(result: QueryResult) -> None:
    """An array with one object per row, on one line each."""
    rows = (dict(zip(result.columns, row, strict=True)) for row in result.rows)
    lines = (msgspec.json.encode(row, enc_hook=str).decode() for row in rows)
    print("[\n" + ",\n".join(lines) + "\n]")


def print_csv(result: QueryResult) -> None:
    """A header and one line per row; lists as JSON, NULL is empty."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(result.columns)
    writer.writerows(map(_texts, result.rows))


def print_tsv(result: QueryResult) -> None:
    """As CSV, between tabs; a tab or a line's end inside a value is written as \\t or \\n."""
    for row in (result.columns, *map(_texts, result.rows)):
        print("\t".join(_escaped(text) for text in row))


FORMS: dict[str, Callable[[QueryResult], None]] = {
    "table": print_table,
    "json": print_json,
    "csv": print_csv,
    "tsv": print_tsv,
}


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "milliseconds").removesuffix("+00:00")
    if isinstance(value, float):
        return f"{value:.6g}"
    return "-" if value is None else _text(value)


def _texts(row: Iterable[object]) -> list[str]:
    return [_text(value) for value in row]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple | dict):
        return msgspec.json.encode(value, enc_hook=str).decode()
    return str(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
