"""Named queries: every number shown anywhere is one file of `schemas/clickhouse/queries`."""

import re
from functools import cache
from typing import NamedTuple

from clickhouse_driver import Client

from streams.topics import SCHEMAS

FOLDER = SCHEMAS / "clickhouse" / "queries"
PARAMETER = re.compile(r"\{(\w+):(\w+)\}")

Value = str | int
Row = tuple[object, ...]


class QueryError(ValueError):
    """A query that is not there, or parameters that are not the ones it has."""


class Parameter(NamedTuple):
    """One `{name:Type}` of a query; the type is ClickHouse's."""

    name: str
    type: str


class NamedQuery(NamedTuple):
    """A query with its parameters in the order of their first use; `sql` has no header."""

    name: str
    sql: str
    parameters: tuple[Parameter, ...]


class QueryResult(NamedTuple):
    """A result as it came: DateTime columns are aware UTC datetimes, NULL is None."""

    columns: tuple[str, ...]
    rows: list[Row]


@cache
def query_names() -> tuple[str, ...]:
    """All named queries, in alphabetical order."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.sql")))


@cache
def named_query(name: str) -> NamedQuery:
    """The query of this name; QueryError names the ones there are."""
    if name not in query_names():
        raise QueryError(f"expected one of {', '.join(query_names())}; found {name!r}")
    text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    sql = re.sub(r"\A(--.*\n)+", "", text).strip().removesuffix(";")
    found = dict.fromkeys(Parameter(*match) for match in PARAMETER.findall(sql))
    return NamedQuery(name, sql, tuple(found))


def run_query(client: Client, name: str, /, **parameters: Value) -> QueryResult:
    """Run a named query with exactly its parameters; the client is one of `connect`."""
    query = named_query(name)
    expected = {parameter.name for parameter in query.parameters}
    if parameters.keys() != expected:
        raise QueryError(
            f"query {name}: expected parameters {', '.join(sorted(expected))}; "
            f"found {', '.join(sorted(parameters)) or 'none'}"
        )
    rows, columns = client.execute(query.sql, parameters, with_column_types=True)
    return QueryResult(tuple(column for column, _ in columns), rows)
