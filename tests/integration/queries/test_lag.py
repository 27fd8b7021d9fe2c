"""Lag queries: the golden vector, and what censoring and push-back do to it."""

import re
from collections.abc import Iterator
from random import Random

import pytest
from clickhouse_driver import Client

from tests.warehouse_rows import (
    DAY,
    MINUTE,
    ONE,
    START,
    WHOLE,
    Cells,
    insert,
    journey,
    picked,
    rows,
)

pytestmark = pytest.mark.integration


# the golden vector of the lag formulas: days, and a = act, u = push-back, c = still waiting
GOLDEN = "1a 2a 2c 5a 7c 7u 10a 14c 14c 30a"


def golden_journeys(now: int) -> Iterator[Cells]:
    pairs = re.findall(r"(\d+)(\w)", GOLDEN)
    return journeys_of([(int(days), ending) for days, ending in pairs], now)


def journeys_of(endings: list[tuple[int, str]], now: int) -> Iterator[Cells]:
    for number, (days, ending) in enumerate(endings):
        talk = now - days * DAY if ending == "c" else 0
        end = days * DAY
        yield journey(
            f"v{number}",
            visit=talk,
            talk=talk,
            act=end if ending == "a" else None,
            push=end if ending == "u" else None,
        )


def test_the_lag_curve_is_the_golden_vector(client: Client) -> None:
    now = 40 * DAY
    insert(client, "journeys", golden_journeys(now))

    curve = rows(client, "lag_curve", **ONE, **WHOLE, now_ms=START + now)

    assert [
        (row["lag_s"] // 86_400, row["at_risk"], row["acted"], row["pushed_back"]) for row in curve
    ] == [(1, 10, 1, 0), (2, 9, 2, 0), (5, 7, 3, 0), (7, 6, 3, 1), (10, 4, 4, 1), (30, 1, 5, 1)]
    by_day = {row["lag_s"] // 86_400: row for row in curve}
    assert by_day[5]["km"] == pytest.approx(0.314286, abs=5e-7)
    assert by_day[10]["km"] == pytest.approx(0.485714, abs=5e-7)
    assert by_day[10]["act"] == pytest.approx(0.457143, abs=5e-7)
    assert by_day[10]["pushback"] == pytest.approx(0.114286, abs=5e-7)
    assert by_day[1]["median_lag_s"] == 30 * 86_400


def test_no_lag_curve_below_five_talkers(client: Client) -> None:
    insert(client, "journeys", [journey(f"v{n}", talk=0, act=DAY) for n in range(4)])

    assert rows(client, "lag_curve", **ONE, **WHOLE, now_ms=START + 2 * DAY) == []


def test_the_median_lag_is_none_while_fewer_than_half_have_acted(client: Client) -> None:
    insert(
        client,
        "journeys",
        [journey(f"v{n}", talk=0, act=DAY if n < 4 else None) for n in range(10)],
    )

    curve = rows(client, "lag_curve", **ONE, **WHOLE, now_ms=START + 9 * DAY)

    assert picked(curve, "lag_s", "act", "median_lag_s") == [(86_400, pytest.approx(0.4), None)]


def test_a_long_lag_curve_is_thinned_and_keeps_its_ends(client: Client) -> None:
    insert(client, "journeys", [journey(f"v{n}", talk=0, act=n * MINUTE) for n in range(1, 1001)])

    curve = rows(client, "lag_curve", **ONE, **WHOLE, now_ms=START + DAY)

    assert len(curve) <= 201
    assert curve[-1]["lag_s"] == 60_000
    assert curve[-1]["act"] == pytest.approx(1)


def test_who_talked_acted_pushed_back_or_waits_adds_up(client: Client) -> None:
    insert(client, "journeys", golden_journeys(40 * DAY))

    assert rows(client, "lag_summary", **ONE, **WHOLE) == [
        {"talkers": 10, "acted": 5, "pushed_back": 1, "waiting": 4}
    ]


def test_a_push_back_before_the_act_ends_the_wait(client: Client) -> None:
    insert(
        client,
        "journeys",
        [
            journey("early", talk=0, act=2 * DAY, push=DAY),
            journey("tie", talk=0, act=DAY, push=DAY),
        ],
    )

    assert rows(client, "lag_summary", **ONE, **WHOLE) == [
        {"talkers": 2, "acted": 1, "pushed_back": 1, "waiting": 0}
    ]


def test_the_lag_curve_equals_brute_force(client: Client) -> None:
    random = Random(11)
    endings = [(random.randint(1, 40), random.choice("aauccc")) for _ in range(300)]
    insert(client, "journeys", journeys_of(endings, 40 * DAY))

    curve = rows(client, "lag_curve", **ONE, **WHOLE, now_ms=START + 40 * DAY)

    assert picked(curve, "lag_s", "km", "act", "pushback") == [
        (days * 86_400, pytest.approx(km), pytest.approx(act), pytest.approx(push))
        for days, km, act, push in brute_force(endings)
    ]


def brute_force(endings: list[tuple[int, str]]) -> Iterator[tuple[int, float, float, float]]:
    """Kaplan-Meier and Aalen-Johansen as in a textbook: one pass over the days with an ending."""
    alive_of_act, alive, act, push = 1.0, 1.0, 0.0, 0.0
    for day in sorted({days for days, ending in endings if ending != "c"}):
        at_risk = sum(days >= day for days, _ in endings)
        acted, pushed = endings.count((day, "a")), endings.count((day, "u"))
        act, push = act + alive * acted / at_risk, push + alive * pushed / at_risk
        alive_of_act *= 1 - acted / at_risk
        alive *= 1 - (acted + pushed) / at_risk
        yield day, 1 - alive_of_act, act, push
