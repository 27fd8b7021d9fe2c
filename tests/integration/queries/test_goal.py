"""Goal queries: acts against a target, and the pace that reaches it."""

from typing import Any

import pytest
from clickhouse_driver import Client

from tests.warehouse_rows import (
    DAY,
    HOUR,
    ONE,
    START,
    TENANT,
    Cells,
    definition,
    event,
    insert,
    journey,
    picked,
    rows,
)

pytestmark = pytest.mark.integration


def test_the_goal_counts_acts_of_its_kind_since_the_start(client: Client) -> None:
    insert(client, "campaigns", [definition(100, 20)])
    insert(client, "events", [
        event("early", "act", -1), event("other", "act", DAY, kind="donation"),
        *(event(f"v{n}", "act", DAY, value=500) for n in range(6)),
        *(event(f"w{n}", "act", 9 * DAY) for n in range(14)),
    ])  # fmt: skip

    (goal,) = rows(client, "campaign_goal", **ONE, now_ms=START + 10 * DAY)

    assert [goal[name] for name in ("acts", "target", "progress", "elapsed")] == [20, 100, 0.2, 0.5]
    assert [goal[name] for name in ("pace_per_day", "required_per_day", "projected")] == [2, 8, 40]
    assert (goal["days_left"], goal["value_minor"]) == (10, 3_000)


def test_a_goal_in_persons_counts_each_person_once(client: Client) -> None:
    insert(client, "campaigns", [definition(10, 20, unit="persons")])
    insert(
        client,
        "events",
        [event("ann", "act", DAY), event("ann", "act", 9 * DAY), event("bo", "act", 9 * DAY)],
    )

    (goal,) = rows(client, "campaign_goal", **ONE, now_ms=START + 10 * DAY)

    assert (goal["acts"], goal["pace_per_day"]) == (2, pytest.approx(1 / 7))


def test_a_reached_goal_requires_nothing_and_a_passed_deadline_is_no_pace(client: Client) -> None:
    insert(client, "campaigns", [definition(1, 20), definition(5, 2, campaign="missed")])
    insert(client, "events", [event("ann", "act", DAY)])

    (reached,) = rows(client, "campaign_goal", **ONE, now_ms=START + 3 * DAY)
    (missed,) = rows(
        client, "campaign_goal", tenant=TENANT, campaign="missed", now_ms=START + 3 * DAY
    )

    assert (reached["required_per_day"], missed["required_per_day"]) == (0, None)
    assert (missed["days_left"], missed["elapsed"]) == (0, 1)


@pytest.mark.parametrize("query", ["campaign_goal", "campaign_list"])
@pytest.mark.parametrize(("unit", "late"), [("acts", "ann"), ("persons", "cy")])
def test_an_act_after_the_deadline_comes_too_late(
    client: Client, query: str, unit: str, late: str
) -> None:
    insert(client, "campaigns", [definition(3, 2, unit=unit)])
    insert(client, "events", [
        event("ann", "act", DAY), event("bo", "act", 2 * DAY), event(late, "act", 2 * DAY + 1),
    ])  # fmt: skip

    goal = one(client, query, START + 3 * DAY)

    assert (goal["acts"], goal["days_left"], goal["required_per_day"]) == (2, 0, None)


@pytest.mark.parametrize("query", ["campaign_goal", "campaign_list"])
def test_the_newest_version_in_force_says_what_counts(client: Client, query: str) -> None:
    versions = [
        version(1, definition(10, 20), START),
        version(2, definition(20, 20), START + DAY),
        version(3, definition(30, 20), START + 9 * DAY),
    ]
    for each in versions:
        insert(client, "campaigns", [each])
    client.execute("OPTIMIZE TABLE campaigns FINAL")

    at = [-HOUR, 0, DAY - 1, DAY, 9 * DAY - 1, 9 * DAY]
    targets = [one(client, query, START + when)["target"] for when in at]

    assert targets == [30, 10, 10, 20, 20, 30]


@pytest.mark.parametrize("query", ["campaign_goal", "campaign_list"])
def test_a_version_read_twice_is_one(client: Client, query: str) -> None:
    for _ in range(2):
        insert(client, "campaigns", [version(4, definition(10, 20), START)])
    insert(client, "events", [event("ann", "act", DAY)])

    assert one(client, query, START + 2 * DAY)["acts"] == 1


def version(number: int, defined: Cells, effective_from: int) -> Cells:
    """The definition as the topic's record of this offset, in force from then on, ms."""
    return defined | {"version": number, "effective_from": effective_from}


def one(client: Client, query: str, now_ms: int) -> dict[str, Any]:
    """The only row of a goal query, of the only campaign."""
    place = ONE if query == "campaign_goal" else {"tenant": TENANT}
    (found,) = rows(client, query, **place, now_ms=now_ms)
    return found


def test_a_campaign_without_a_definition_counts_every_act(client: Client) -> None:
    insert(client, "events", [event("ann", "act", 0), event("bo", "act", 0, kind="donation")])

    (goal,) = rows(client, "campaign_goal", **ONE, now_ms=START + DAY)

    assert [goal[name] for name in ("acts", "target", "progress", "elapsed", "days_left")] == [
        2,
        None,
        None,
        None,
        None,
    ]
    assert (goal["goal_unit"], goal["required_per_day"]) == ("acts", None)
    insert(client, "journeys", [journey("ann", act=0), journey("bo", act=0)])
    assert one(client, "campaign_list", START + DAY)["acts"] == 2


def test_the_list_shows_defined_and_undefined_campaigns(client: Client) -> None:
    insert(client, "campaigns", [definition(10, 20), definition(5, 20, campaign="quiet")])
    insert(client, "journeys", [
        journey("ann", visit=0, talk=HOUR, act=DAY), journey("bo", visit=0, campaign="wild"),
        journey("cy", visit=0, campaign=""),
    ])  # fmt: skip
    insert(client, "events", [event("ann", "act", DAY), event("ann", "act", 0)])

    found = rows(client, "campaign_list", tenant=TENANT, now_ms=START + 2 * DAY)

    assert picked(found, "campaign", "target", "acts", "visitors", "talkers") == [
        ("petition", 10, 2, 1, 1), ("quiet", 5, 0, 0, 0), ("wild", None, 0, 1, 0),
    ]  # fmt: skip
    assert found[0]["acts_by_day"] == [0] * 11 + [1, 1, 0]
    assert found[1]["last_activity"] is None
    assert rows(client, "campaign_list", tenant="other", now_ms=START) == []
    assert len(rows(client, "campaign_list", tenant="", now_ms=START)) == 3
