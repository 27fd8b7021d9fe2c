"""Statements of a SQL file: only a semicolon that ends a statement divides."""

import pytest

from streams.warehouse.statements import statements


@pytest.mark.parametrize(
    ("sql", "parts"),
    [
        ("SELECT 1; SELECT 2;", ("SELECT 1", "SELECT 2")),
        ("SELECT 1; SELECT 2", ("SELECT 1", "SELECT 2")),
        ("", ()),
        (" ;\n; -- nothing; here\n", ()),
        ("SELECT ';' ; SELECT 2", ("SELECT ';'", "SELECT 2")),
        (r"SELECT 'it\'s; one'; SELECT 2", (r"SELECT 'it\'s; one'", "SELECT 2")),
        ("SELECT 'the rule''s; one'; SELECT 2", ("SELECT 'the rule''s; one'", "SELECT 2")),
        ('SELECT "a;b", `c;d`; SELECT 2', ('SELECT "a;b", `c;d`', "SELECT 2")),
        ("-- a; comment\nSELECT 1;", ("SELECT 1",)),
        ("SELECT 1 -- a visitor's; own\n, 2", ("SELECT 1  \n, 2",)),
        ("SELECT /* a; b\n' */ 1; SELECT 2", ("SELECT   1", "SELECT 2")),
        ("SELECT '-- no comment'", ("SELECT '-- no comment'",)),
        ("SELECT '/* nor this */'", ("SELECT '/* nor this */'",)),
        ("SELECT 6 / 2 - 1", ("SELECT 6 / 2 - 1",)),
    ],
)
def test_a_semicolon_in_a_string_or_comment_divides_nothing(
    sql: str, parts: tuple[str, ...]
) -> None:
    assert statements(sql) == parts
