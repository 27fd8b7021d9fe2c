"""Panels: the SQL that Grafana sends runs on the engine and answers what its query answers."""

import pytest
from clickhouse_driver import Client

from tests.grafana import Target, board, filled_in, panels, targets
from tests.warehouse_rows import (
    CAMPAIGN,
    DAY,
    MINUTE,
    ONE,
    START,
    TENANT,
    definition,
    event,
    insert,
    journey,
    rows,
)

pytestmark = pytest.mark.integration

SHOWN = {
    "tenant": TENANT,
    "campaign": CAMPAIGN,
    "__from": START + 1,
    "__to": START + DAY - 1,
    "__interval_s": 75,
}
HOSTILE = "x') OR 1=1 -- \\%27 ${tenant} ä"


def asked(client: Client, name: str, title: str, **values: str | int) -> list[dict[str, object]]:
    """What a panel of the campaign shows, a dict per row."""
    (panel,) = [panel for panel in panels(name) if panel["title"] == title]
    sql = filled_in(panel["targets"][0]["rawSql"], SHOWN | values)
    found, columns = client.execute(sql, with_column_types=True)
    return [dict(zip([column for column, _ in columns], row, strict=True)) for row in found]


def chosen(client: Client, name: str, variable: str) -> list[str]:
    """What a variable offers."""
    (found,) = [each for each in board(name)["templating"]["list"] if each["name"] == variable]
    return [value for (value,) in client.execute(filled_in(found["query"], SHOWN))]


@pytest.mark.parametrize("target", list(targets("sql")), ids=str)
def test_every_panel_can_be_asked(target: Target, client: Client) -> None:
    client.execute(filled_in(target.sql, SHOWN))


def test_the_funnel_shows_what_the_query_answers(client: Client) -> None:
    walkers = [journey(f"v{n}", visit=0, talk=MINUTE if n < 6 else None) for n in range(9)]
    insert(client, "journeys", [*walkers, journey("a", visit=0, talk=1, act=2)])

    shown = asked(client, "campaign", "Steps")

    query = rows(client, "funnel", **ONE, from_ms=START, to_ms=START + DAY)
    assert shown == [{name: row[name] for name in shown[0]} for row in query]
    assert [row["persons"] for row in shown] == [10, 7, 1]


def test_the_headline_is_acts_against_the_goal(client: Client) -> None:
    insert(client, "campaigns", [definition(target=50, days=30)])
    insert(client, "events", [event(f"v{n}", "act", n) for n in range(5)])

    assert asked(client, "campaign", "Acts") == [{"acts": 5, "target": 50}]
    assert asked(client, "campaign", "Reached") == [{"progress": 0.1}]


def test_the_series_has_no_gaps_and_whole_minutes(client: Client) -> None:
    insert(client, "journeys", [journey("v", visit=MINUTE)])

    shown = asked(client, "campaign", "By the time reached", __to=START + 10 * MINUTE)

    assert sum(int(str(row["visited"])) for row in shown) == 1
    assert len(shown) in (5, 6)  # ten minutes in steps of two, which may begin at an odd minute


def test_variables_offer_tenants_and_their_campaigns(client: Client) -> None:
    insert(client, "campaigns", [definition(target=1, days=1), definition(2, 2, campaign="walk")])

    assert chosen(client, "campaign", "tenant") == [TENANT]
    assert sorted(chosen(client, "campaign", "campaign")) == [CAMPAIGN, "walk"]
    assert chosen(client, "pipeline", "tenant") == [TENANT]


def test_a_name_full_of_quotes_is_a_value_and_no_sql(client: Client) -> None:
    insert(client, "journeys", [journey("v", visit=0, campaign=HOSTILE), journey("w", visit=0)])

    shown = asked(client, "campaign", "Funnel", campaign=HOSTILE)

    assert [row["persons"] for row in shown] == [1, 0, 0]
