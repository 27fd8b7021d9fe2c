"""Forms of a query's result: for people, and for the programs that read it."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from streams.commands.forms import print_csv, print_json, print_table, print_tsv
from streams.warehouse.queries import QueryResult

WHEN = datetime(2026, 11, 25, 12, 30, 0, 250_000, tzinfo=UTC)
RESULT = QueryResult(
    ("visitor", "acts", "rate", "at", "kinds", "nothing"),
    [("ann\tb\n[bold]", 12, 1 / 3, WHEN, ["a", "b"], None)],
)
EMPTY = QueryResult(("visitor",), [])


def test_a_table_shows_every_value_to_people(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(RESULT)
    shown = capsys.readouterr().out
    for text in ("[bold]", "12", "0.333333", "2026-11-25 12:30:00.250", '["a","b"]', "-"):
        assert text in shown


def test_a_table_in_a_file_is_as_wide_as_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(QueryResult(("text",), [("x" * 500,)]))
    assert "x" * 500 in capsys.readouterr().out


def test_a_statement_without_a_result_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(QueryResult((), []))
    assert capsys.readouterr().out == ""


def test_json_is_one_object_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    print_json(RESULT)
    assert json.loads(capsys.readouterr().out) == [
        {
            "visitor": "ann\tb\n[bold]",
            "acts": 12,
            "rate": 1 / 3,
            "at": "2026-11-25T12:30:00.250000Z",
            "kinds": ["a", "b"],
            "nothing": None,
        }
    ]


def test_json_of_no_rows_is_an_empty_array(capsys: pytest.CaptureFixture[str]) -> None:
    print_json(EMPTY)
    assert json.loads(capsys.readouterr().out) == []


def test_csv_is_read_back_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    print_csv(RESULT)
    header, row = csv.reader(io.StringIO(capsys.readouterr().out, newline=""))
    assert header == list(RESULT.columns)
    assert row == [
        *("ann\tb\n[bold]", "12", str(1 / 3)),
        *("2026-11-25T12:30:00.250000+00:00", '["a","b"]', ""),
    ]


def test_tsv_keeps_a_row_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_tsv(QueryResult(("visitor", "acts"), [("a\tb\nc\\d", 1)]))
    assert capsys.readouterr().out == "visitor\tacts\na\\tb\\nc\\\\d\t1\n"
