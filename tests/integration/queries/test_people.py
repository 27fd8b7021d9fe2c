"""People queries: funnel, sources, ratios and paths of persons that can be counted by hand."""

import pytest
from clickhouse_driver import Client

from tests.warehouse_rows import (
    DAY,
    HOUR,
    MINUTE,
    ONE,
    START,
    WHOLE,
    insert,
    journey,
    name_origins,
    picked,
    rows,
)

pytestmark = pytest.mark.integration


def test_a_journey_that_changed_counts_as_it_is_now(client: Client) -> None:
    before = journey("ann", visit=0, talk=HOUR)
    after = journey("ann", visit=0, talk=HOUR, act=DAY)
    insert(client, "journeys", [before])
    insert(client, "journeys", [before | {"sign": -1}, after])

    assert rows(client, "lag_summary", **ONE, **WHOLE)[0]["acted"] == 1
    assert picked(rows(client, "funnel", **ONE, **WHOLE), "persons") == [(1,), (1,), (1,)]
    assert rows(client, "ratios", **ONE, **WHOLE)[0]["actors"] == 1


def test_the_funnel_has_wilson_intervals_and_what_dropped_off(client: Client) -> None:
    talkers = [journey(f"t{n}", visit=0, talk=HOUR, act=DAY if n < 15 else None) for n in range(20)]
    insert(client, "journeys", [*talkers, *(journey(f"v{n}", visit=0) for n in range(80))])

    funnel = rows(client, "funnel", **ONE, **WHOLE)

    assert picked(funnel, "step", "stage", "persons", "drop_off") == [
        (1, "visit", 100, None), (2, "talk", 20, 80), (3, "act", 15, 5),
    ]  # fmt: skip
    assert picked(funnel, "rate", "of_visitors") == [(None, 1.0), (0.2, 0.2), (0.75, 0.15)]
    assert picked(funnel, "rate_low", "rate_high")[2] == pytest.approx((0.531, 0.888), abs=5e-4)


def test_a_rate_over_fewer_than_five_persons_is_hidden(client: Client) -> None:
    insert(
        client,
        "journeys",
        [journey(f"t{n}", visit=0, talk=1, act=2 if n else None) for n in range(4)],
    )

    funnel = rows(client, "funnel", **ONE, **WHOLE)

    assert picked(funnel, "persons", "rate", "rate_low", "rate_high", "of_visitors") == [
        (4, None, None, None, None), (4, None, None, None, None), (3, None, None, None, None),
    ]  # fmt: skip


def test_the_funnel_is_of_those_who_entered_in_the_range(client: Client) -> None:
    insert(
        client, "journeys", [journey("in", visit=0, talk=3 * DAY), journey("out", visit=2 * DAY)]
    )

    funnel = rows(client, "funnel", **ONE, from_ms=START, to_ms=START + DAY)

    assert picked(funnel, "persons") == [(1,), (1,), (0,)]


def test_the_series_has_every_minute_and_counts_by_the_time_reached(client: Client) -> None:
    insert(
        client, "journeys", [journey("a", visit=0, talk=2 * MINUTE), journey("b", visit=2 * MINUTE)]
    )

    series = rows(
        client, "funnel_series", **ONE, from_ms=START, to_ms=START + 4 * MINUTE, step_s=60
    )

    assert [(row["minute"].timestamp() * 1000 - START) // MINUTE for row in series] == [0, 1, 2, 3]
    assert picked(series, "visited", "talked", "acted") == [
        (1, 0, 0),
        (0, 0, 0),
        (1, 1, 0),
        (0, 0, 0),
    ]


def test_sources_are_ordered_by_acts_and_named_by_their_origin(client: Client) -> None:
    friends = [
        journey(f"f{n}", visit=0, talk=1, act=2 if n < 2 else None, acts=3, origin="friends")
        for n in range(6)
    ]
    insert(
        client,
        "journeys",
        [*friends, *(journey(f"s{n}", visit=0, origin="search") for n in range(9))],
    )
    name_origins(client, "friends", "search")

    sources = rows(client, "sources", **ONE, **WHOLE, top=5)

    columns = ("origin", "acts", "actors", "talkers", "visitors", "acts_per_visitor")
    assert picked(sources, *columns) == [
        ("friends", 6, 2, 6, 6, 1.0), ("search", 0, 0, 0, 9, 0.0),
    ]  # fmt: skip


def test_likes_alone_leave_the_talk_about_ratio_at_zero(client: Client) -> None:
    insert(client, "journeys", [journey(f"l{n}", like=0) for n in range(200)])

    (ratios,) = rows(client, "ratios", **ONE, **WHOLE)

    assert (ratios["likers"], ratios["talk_per_like"], ratios["act_per_talk"]) == (200, 0.0, None)
    assert ratios["vanity_gap"] == 1.0


def test_ratios_count_persons_in_any_order_of_stages(client: Client) -> None:
    insert(client, "journeys", [
        *(journey(f"both{n}", visit=0, talk=1, act=2) for n in range(3)),
        *(journey(f"seen{n}", visit=0) for n in range(5)),
        *(journey(f"heard{n}", talk=0, act=1) for n in range(2)),
        journey("left", visit=0, push=1),
    ])  # fmt: skip

    (ratios,) = rows(client, "ratios", **ONE, **WHOLE)

    assert [ratios[name] for name in ("visitors", "talkers", "actors", "pushed_back")] == [
        9,
        5,
        5,
        1,
    ]
    assert ratios["talk_per_visit"] == pytest.approx(3 / 9)
    assert ratios["act_per_talk"] == 1.0
    assert ratios["act_per_visit"] == pytest.approx(3 / 9)
    assert ratios["act_per_talk_low"] == pytest.approx(0.5655, abs=5e-5)


def test_every_actor_is_in_one_path_and_the_unseen_are_dark(client: Client) -> None:
    insert(client, "journeys", [
        journey("vta1", visit=0, talk=1, act=2), journey("vta2", visit=0, talk=1, act=2),
        journey("silent", visit=0, act=2), journey("heard", talk=0, act=1),
        journey("tva", talk=0, visit=1, act=2), journey("late", act=0, talk=1),
        journey("dark", act=0), journey("after", act=0, visit=1), journey("none", visit=0),
    ])  # fmt: skip

    paths = rows(client, "paths", **ONE, **WHOLE)

    assert picked(paths, "path", "actors", "share", "dark") == [
        ("act", 2, 0.25, 1), ("visit-talk-act", 2, 0.25, 0), ("act-talk", 1, 0.125, 0),
        ("talk-act", 1, 0.125, 0), ("talk-visit-act", 1, 0.125, 0), ("visit-act", 1, 0.125, 0),
    ]  # fmt: skip
    assert {row["dark_share"] for row in paths} == {0.125}
