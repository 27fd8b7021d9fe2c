"""The header of a query says what it takes and what it answers; the engine agrees."""

import re

import pytest
from clickhouse_driver import Client

from streams.warehouse.queries import FOLDER, QueryError, named_query, query_names, run_query
from tests.warehouse_rows import CAMPAIGN, DAY, MINUTE, START, TENANT

pytestmark = pytest.mark.integration

ARGUMENTS = {
    "tenant": TENANT,
    "campaign": CAMPAIGN,
    "from_ms": START,
    "to_ms": START + 5 * MINUTE,
    "now_ms": START + DAY,
    "step_s": 60,
    "top": 8,
    "ring": 4_096,
    "far": 0,
    "topic": "interactions",
    "partition": 0,
    "before": 10,
    "offset": 0,
    "epoch": 1,
    "begin": 0,
    "end": 10,
    "reason": "*",
}


def documented(name: str) -> tuple[set[str], list[str]]:
    """The parameters and the columns that the header of a query names."""
    header = re.match(r"(--.*\n)+", (FOLDER / f"{name}.sql").read_text())
    assert header, f"{name}.sql: expected a header of -- lines"
    assert header[0].startswith(f"-- {name}: ")
    line = re.search(r"-- Parameters: (.*)", header[0])
    assert line, f"{name}.sql: expected a line '-- Parameters:'"
    columns = re.findall(r"(?m)^--   ((?:\w+, )*\w+)(?:  .*)?$", header[0])
    parameters = re.sub(r"\(.*?\)", "", line[1]).rstrip(".")
    names = ", ".join(columns).split(", ")
    return {word.strip() for word in parameters.split(",")}, names


@pytest.mark.parametrize("name", query_names())
def test_the_header_names_parameters_and_columns(name: str, client: Client) -> None:
    query = named_query(name)
    parameters, columns = documented(name)

    result = run_query(
        client, name, **{each.name: ARGUMENTS[each.name] for each in query.parameters}
    )

    assert parameters == {each.name for each in query.parameters}
    assert list(result.columns) == columns


def test_an_unknown_query_is_answered_with_those_there_are() -> None:
    with pytest.raises(QueryError, match=r"expected one of .*campaign_goal, .*; found 'funel'"):
        named_query("funel")


def test_a_missing_parameter_is_named(client: Client) -> None:
    with pytest.raises(
        QueryError, match="expected parameters campaign, now_ms, tenant; found tenant"
    ):
        run_query(client, "campaign_goal", tenant=TENANT)


def test_a_quote_in_a_parameter_is_a_value_and_no_sql(client: Client) -> None:
    hostile = "x' OR '1'='1"

    result = run_query(client, "conservation", tenant=hostile, from_ms=0, to_ms=START)

    assert result.rows == [(0, 0, 0, 0, 0, 0, 0)]
