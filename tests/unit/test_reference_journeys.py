"""The reference on journeys: each rule as one literal case."""

from typing import Any

import pytest

from streams.demo.reference import Funnel, Journey, expected_facts
from tests.oracle.builders import DAY, HOUR, MINUTE, T0, definition, raw


def journey(*interactions: dict[str, Any], campaigns: Any = ()) -> Journey:
    (found,) = expected_facts(interactions, campaigns).journeys
    return found


def steps(*touches: tuple[str, int], campaigns: Any = ()) -> tuple[int, int, int]:
    """(visit, talk, act) in ms after T0, -1 where not reached."""
    found = journey(
        *(
            raw(stage, occurred_at=T0 + at, received_at=T0 + 500 * DAY, source="load")
            for stage, at in touches
        ),
        campaigns=campaigns,
    )
    return tuple(at - T0 if at else -1 for at in (found.visit_at, found.talk_at, found.act_at))


def test_visit_talk_act_in_order_reach_the_act() -> None:
    assert steps(("visit", 0), ("talk", 5), ("act", 9)) == (0, 5, 9)


def test_the_order_of_arrival_does_not_matter() -> None:
    assert steps(("act", 9), ("talk", 5), ("visit", 0)) == (0, 5, 9)


def test_equal_times_count_as_in_order() -> None:
    assert steps(("act", 0), ("talk", 0), ("visit", 0)) == (0, 0, 0)


def test_a_talk_before_the_visit_fills_no_step() -> None:
    assert steps(("talk", 0), ("visit", 1)) == (1, -1, -1)


def test_an_act_without_a_talk_fills_no_step() -> None:
    assert steps(("visit", 0), ("act", 1)) == (0, -1, -1)


def test_an_act_before_the_talk_fills_no_step() -> None:
    assert steps(("visit", 0), ("act", 1), ("talk", 2)) == (0, 2, -1)


def test_the_talk_window_is_inclusive() -> None:
    assert steps(("visit", 0), ("talk", 30 * DAY)) == (0, 30 * DAY, -1)
    assert steps(("visit", 0), ("talk", 30 * DAY + 1)) == (0, -1, -1)


def test_the_act_window_starts_with_the_talk_and_is_inclusive() -> None:
    talk = 10 * DAY
    end = talk + 365 * DAY
    assert steps(("visit", 0), ("talk", talk), ("act", end)) == (0, talk, end)
    assert steps(("visit", 0), ("talk", talk), ("act", end + 1)) == (0, talk, -1)


def test_the_entry_that_reaches_furthest_wins() -> None:
    assert steps(("visit", 0), ("visit", 20 * DAY), ("talk", 40 * DAY)) == (20 * DAY, 40 * DAY, -1)


def test_between_entries_that_reach_equally_far_the_earliest_wins() -> None:
    assert steps(("visit", 7), ("visit", 3), ("talk", 8), ("act", 9)) == (3, 8, 9)


def test_a_talk_that_an_act_follows_goes_before_an_earlier_one_without() -> None:
    short = definition(windows={"talk_days": 30, "act_days": 1})
    touches = ("visit", 0), ("talk", 1), ("talk", 2 * DAY), ("act", 3 * DAY)
    assert steps(*touches, campaigns=[short]) == (0, 2 * DAY, 3 * DAY)


def test_a_campaigns_own_windows_hold() -> None:
    short = definition(windows={"talk_days": 1, "act_days": 2})
    assert steps(("visit", 0), ("talk", DAY), campaigns=[short]) == (0, DAY, -1)
    assert steps(("visit", 0), ("talk", DAY + 1), campaigns=[short]) == (0, -1, -1)


def test_first_times_are_of_any_order() -> None:
    found = journey(
        raw("act", T0),
        raw("talk", T0 + 1),
        raw("visit", T0 + 2),
        raw("passive", T0 + 3),
        raw("passive", T0 + 4),
        raw("pushback", T0 + 5),
        raw("pushback", T0 + 6),
    )
    assert found == Journey(
        "acme",
        "river",
        "v1",
        visit_at=T0 + 2,
        first_visit_at=T0 + 2,
        first_talk_at=T0 + 1,
        first_act_at=T0,
        first_passive_at=T0 + 3,
        first_pushback_at=T0 + 5,
        pushback_after_talk_at=T0 + 5,
        acts=1,
        pushbacks=2,
        reached="visit",
        path="act-talk",
        origin="direct",
    )


def test_the_lag_ends_with_the_first_act_from_the_first_talk_on_without_a_window() -> None:
    found = journey(
        raw("act", T0),
        raw("talk", T0 + 1),
        raw("act", T0 + 9),
        raw("pushback", T0),
        raw("pushback", T0 + 4),
    )
    assert found.act_after_talk_at == T0 + 9
    assert found.pushback_after_talk_at == T0 + 4


def test_without_a_talk_there_is_no_lag() -> None:
    found = journey(raw("act", T0), raw("pushback", T0))
    assert (found.act_after_talk_at, found.pushback_after_talk_at) == (0, 0)


@pytest.mark.parametrize(
    ("visit", "talk", "act", "path"),
    [
        (1, 2, 3, "visit-talk-act"),
        (1, 1, 1, "visit-talk-act"),
        (1, None, 3, "visit-act"),
        (4, None, 3, "act"),
        (None, None, 3, "act"),
        (None, 2, 3, "talk-act"),
        (4, 2, 3, "talk-act"),
        (2, 1, 3, "talk-visit-act"),
        (1, 4, 3, "act-talk"),
        (1, 2, None, "none"),
    ],
)
def test_the_path_is_told_by_first_times(
    visit: int | None, talk: int | None, act: int | None, path: str
) -> None:
    at = {"visit": visit, "talk": talk, "act": act}
    touches = [raw(stage, T0 + ms) for stage, ms in at.items() if ms is not None]
    assert journey(*touches).path == path


def test_a_send_touches_no_journey() -> None:
    assert expected_facts([raw("send")]).journeys == ()


def test_an_interaction_without_a_campaign_belongs_to_no_journey() -> None:
    assert expected_facts([raw(campaign="")]).journeys == ()


def test_a_like_makes_a_journey_that_reached_nothing() -> None:
    found = journey(raw("passive"))
    assert (found.reached, found.first_passive_at) == ("none", T0)


def test_the_utm_campaign_is_resolved_by_a_definition_that_names_it() -> None:
    named = definition(utm_campaigns=["river-2026"])
    touch = raw(campaign="", channel={"campaign": "river-2026"})
    assert journey(touch, campaigns=[named]).campaign == "river"
    assert expected_facts([touch], [definition()]).journeys == ()


def test_a_definition_counts_from_its_effective_time_on() -> None:
    named = definition(utm_campaigns=["r"], effective_from=T0)
    before = raw(at=T0 - 1, campaign="", channel={"campaign": "r"})
    at = raw(campaign="", channel={"campaign": "r"})
    assert [it.campaign for it in expected_facts([before], [named]).events] == [""]
    assert [it.campaign for it in expected_facts([at], [named]).events] == ["river"]


def test_a_campaigns_stage_map_overrides_the_stage_sent() -> None:
    mapped = definition(stages={"pledge": "act"})
    assert journey(raw("talk", kind="pledge"), campaigns=[mapped]).acts == 1


def test_only_acts_in_the_campaigns_currency_add_value() -> None:
    euros = definition(currency="EUR")
    found = journey(
        raw("act", value_minor=500, currency="EUR"),
        raw("act", value_minor=70, currency="USD"),
        raw("talk", value_minor=9, currency="EUR"),
        campaigns=[euros],
    )
    assert (found.acts, found.value_minor) == (2, 500)


def test_a_campaign_without_a_currency_has_no_value() -> None:
    assert journey(raw("act", value_minor=5, currency="EUR")).value_minor == 0


@pytest.mark.parametrize(
    ("fields", "origin"),
    [
        ({"channel": {"source": "newsletter"}, "referrer": "https://a.org/"}, "newsletter"),
        ({"referrer": "https://www.news.example/path?x=1"}, "news.example"),
        ({}, "direct"),
        ({"referrer": "https://[broken"}, "direct"),
        ({"referrer": "https://river.example/a", "page": "https://www.river.example/b"}, "direct"),
    ],
)
def test_the_origin_is_the_utm_source_else_the_referring_site(
    fields: dict[str, Any], origin: str
) -> None:
    assert journey(raw(**fields)).origin == origin


def test_the_origin_of_a_journey_is_that_of_its_first_touch() -> None:
    early = raw("talk", T0, channel={"source": "mail"})
    late = raw("visit", T0 + HOUR, channel={"source": "search"})
    assert journey(late, early).origin == "mail"


def test_the_origin_is_open_when_two_first_touches_differ() -> None:
    mail, search = (raw("visit", channel={"source": it}) for it in ("mail", "search"))
    assert journey(mail, search).origin is None


def test_the_funnel_counts_persons_who_reached_each_step_in_order() -> None:
    found = expected_facts(
        [
            raw("visit", T0, visitor="a"),
            raw("visit", T0, visitor="b"),
            raw("talk", T0, visitor="b"),
            raw("visit", T0, visitor="c"),
            raw("talk", T0 + MINUTE, visitor="c"),
            raw("act", T0 + HOUR, visitor="c"),
            raw("act", T0, visitor="d"),
        ]
    )
    assert found.funnels == (Funnel("acme", "river", visited=3, talked=2, acted=1),)
