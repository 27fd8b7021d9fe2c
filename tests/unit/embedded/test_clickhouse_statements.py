"""Statements: what the protocol must know of one is told apart without parsing it."""

import pytest

from streams.embedded.clickhouse.statements import (
    Insert,
    StagedInsert,
    brings_its_rows,
    first_word,
    insert_awaiting_blocks,
    insert_from_input,
    listed_columns,
    streams,
    trimmed,
    wants_totals,
    without_format,
)
from streams.embedded.clickhouse.tokens import identifier, quoted, tokens, unquoted


@pytest.mark.parametrize(
    ("sql", "insert"),
    [
        ("INSERT INTO t VALUES", Insert("t", "", "")),
        ("insert into t (a, `b c`) values;", Insert("t", "a, `b c`", "")),
        ("INSERT INTO db.t (a) FORMAT Native", Insert("db.t", "a", "")),
        ("INSERT INTO TABLE `db` . `t` VALUES", Insert("`db` . `t`", "", "")),
        ("INSERT INTO t (* EXCEPT (b)) VALUES", Insert("t", "* EXCEPT (b)", "")),
        ("INSERT INTO t (a", Insert("t", "a", "")),
        (
            "INSERT INTO t (a) SETTINGS max_threads = 1, log_comment = 'x (' VALUES",
            Insert("t", "a", "max_threads = 1, log_comment = 'x ('"),
        ),
        (
            "INSERT INTO FUNCTION file('x.csv', 'CSV', 'a Int8') (a) VALUES",
            Insert("FUNCTION file('x.csv', 'CSV', 'a Int8')", "a", ""),
        ),
        ("/* c */ INSERT INTO t -- d\n VALUES", Insert("t", "", "")),
    ],
)
def test_an_insert_without_rows_in_its_text_awaits_blocks(sql: str, insert: Insert) -> None:
    assert insert_awaiting_blocks(sql) == insert


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "INSERT INTO",
        "INSERT INTO t VALUES (1)",
        "INSERT INTO t FORMAT CSV 1,2",
        "INSERT INTO t SELECT 1",
        "INSERT INTO t (a) (SELECT 1)",
        "INSERT INTO t WITH 1 AS x SELECT x",
        "INSERT INTO t (a) SETTINGS max_threads = 1 SELECT 1",
    ],
)
def test_nothing_else_awaits_blocks(sql: str) -> None:
    assert insert_awaiting_blocks(sql) is None


def test_only_a_table_function_is_a_function_to_insert_into() -> None:
    assert Insert("FUNCTION null('a Int8')", "", "").into_function()
    assert (
        not Insert("functions", "", "").into_function() and not Insert("f", "", "").into_function()
    )


def test_an_insert_from_input_reads_a_staging_table_instead() -> None:
    sql = "INSERT INTO t (a) SELECT x * 2 FROM input('x UInt8, y Enum8(\\'a\\' = 1)') FORMAT Native"

    assert insert_from_input(sql) == StagedInsert(
        "INSERT INTO t (a) SELECT x * 2 FROM endpoint_input  ", "x UInt8, y Enum8('a' = 1)"
    )
    assert insert_from_input("SELECT input('x')") is None


@pytest.mark.parametrize("sql", ["SELECT 1", " /*x*/ (SELECT 1)", "with 1 AS x SELECT x", "FROM t"])
def test_a_select_streams(sql: str) -> None:
    assert streams(sql)


@pytest.mark.parametrize("sql", ["SHOW TABLES", "INSERT INTO t SELECT 1", "DROP TABLE t", ""])
def test_nothing_else_streams(sql: str) -> None:
    assert not streams(sql)


@pytest.mark.parametrize(
    ("sql", "kept"),
    [
        ("SELECT 1 ; -- a comment; here\n;", "SELECT 1"),
        ("SELECT ';--'", "SELECT ';--'"),
        ("SELECT 1 /* x */", "SELECT 1"),
        ("SELECT 1 \n", "SELECT 1"),
        (";", ""),
    ],
)
def test_what_ends_a_statement_is_cut_off(sql: str, kept: str) -> None:
    assert trimmed(sql) == kept


@pytest.mark.parametrize(
    ("sql", "bare", "is_silent"),
    [
        ("SELECT 1 FORMAT CSV", "SELECT 1  ", False),
        ("SELECT 1 format Null;", "SELECT 1  ;", True),
        ("SELECT 1 FORMAT Null SETTINGS a = 1", "SELECT 1   SETTINGS a = 1", True),
        ("SELECT 'FORMAT CSV'", "SELECT 'FORMAT CSV'", False),
        ("SELECT format FROM t", "SELECT format FROM t", False),
        ("SELECT 1 AS formatted", "SELECT 1 AS formatted", False),
    ],
)
def test_a_format_clause_is_left_out(sql: str, bare: str, is_silent: bool) -> None:
    assert without_format(sql) == (bare, is_silent)


def test_rows_in_the_text_are_seen() -> None:
    assert brings_its_rows("INSERT INTO t VALUES (1)")
    assert not brings_its_rows("INSERT INTO t SELECT 1")
    assert not brings_its_rows("SELECT 'VALUES'")


def test_totals_are_asked_for_by_clause_or_setting() -> None:
    assert wants_totals("SELECT count() FROM t GROUP BY a WITH  TOTALS")
    assert wants_totals("SELECT 1 SETTINGS extremes = 1")
    assert not wants_totals("SELECT 1 SETTINGS extremes = 0")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("a, `b c` ,\nn.x", ["a", "b c", "n.x"]),
        ('"q"', ["q"]),
        ("* EXCEPT (b)", None),
        ("a, f(b)", None),
    ],
)
def test_a_plain_list_of_columns_has_names(text: str, names: list[str] | None) -> None:
    assert listed_columns(text) == names


def test_the_first_word_is_no_comment() -> None:
    assert first_word("-- x\n#! y\n/* z */ select 1") == "SELECT"
    assert first_word("") == ""


@pytest.mark.parametrize("text", ["", "it's", "back\\slash", "'", "\\'", "ö\n"])
def test_a_quoted_text_is_one_literal_and_comes_back(text: str) -> None:
    literal = quoted(text)

    assert [token.kind for token in tokens(literal)] == ["string"]
    assert unquoted(literal) == text


def test_an_identifier_is_one_quoted_name() -> None:
    assert identifier("a`b\\c") == "`a\\`b\\\\c`"
    assert [token.kind for token in tokens(identifier("a`b\\c"))] == ["quoted"]


def test_a_value_that_is_no_literal_stays_as_it_is() -> None:
    assert [unquoted("5"), unquoted("[1, 2]"), unquoted("")] == ["5", "[1, 2]", ""]
