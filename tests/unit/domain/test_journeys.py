"""Journeys: how far one visitor came in one campaign: visit, then talk, then act."""

from __future__ import annotations

import pytest

from streams.domain.keys import name_key
from tests.builders import DAY, HOUR, MINUTE, T0, campaign
from tests.unit.domain.standing import Journey, journey, journeys, touch


def test_visit_then_talk_then_act_reaches_all_three() -> None:
    found = [touch("visit"), touch("talk", HOUR), touch("act", 2 * HOUR)]
    assert journey(found) == Journey(
        visit_at=T0,
        talk_at=T0 + HOUR,
        act_at=T0 + 2 * HOUR,
        first_visit_at=T0,
        first_talk_at=T0 + HOUR,
        first_act_at=T0 + 2 * HOUR,
        act_after_talk_at=T0 + 2 * HOUR,
        acts=1,
    )


def test_visit_talk_and_act_in_the_same_millisecond_convert() -> None:
    assert journey([touch("act"), touch("talk"), touch("visit")]) == Journey(
        *[T0] * 6, act_after_talk_at=T0, acts=1
    )


def test_a_talk_before_the_visit_is_no_step() -> None:
    assert journey([touch("talk"), touch("visit", 1)]) == Journey(
        visit_at=T0 + 1, first_visit_at=T0 + 1, first_talk_at=T0
    )


def test_an_act_without_a_talk_between_is_no_step() -> None:
    assert journey([touch("visit"), touch("act", HOUR)]) == Journey(
        visit_at=T0, first_visit_at=T0, first_act_at=T0 + HOUR, acts=1
    )


def test_a_talk_without_any_visit_reaches_nothing() -> None:
    assert journey([touch("talk"), touch("act", 1)]) == Journey(
        first_talk_at=T0, first_act_at=T0 + 1, act_after_talk_at=T0 + 1, acts=1
    )


@pytest.mark.parametrize(("at", "talked"), [(30 * DAY, True), (30 * DAY + 1, False)])
def test_the_talk_window_is_inclusive(at: int, talked: bool) -> None:
    assert journey([touch("visit"), touch("talk", at)]) == Journey(
        visit_at=T0,
        talk_at=T0 + at if talked else 0,
        first_visit_at=T0,
        first_talk_at=T0 + at,
    )


@pytest.mark.parametrize(("at", "acted"), [(365 * DAY, True), (365 * DAY + 1, False)])
def test_the_act_window_is_inclusive_and_begins_with_the_talk(at: int, acted: bool) -> None:
    found = [touch("visit"), touch("talk", DAY), touch("act", DAY + at)]
    assert journey(found)[:3] == (T0, T0 + DAY, T0 + DAY + at if acted else 0)


def test_a_campaign_sets_its_own_windows() -> None:
    short = campaign(windows={"talk_days": 1, "act_days": 2})
    within = [touch("visit"), touch("talk", DAY), touch("act", 3 * DAY)]
    assert journey(within, [short])[:3] == (T0, T0 + DAY, T0 + 3 * DAY)
    late_act = [touch("visit"), touch("talk", DAY), touch("act", 3 * DAY + 1)]
    assert journey(late_act, [short])[:3] == (T0, T0 + DAY, 0)
    late_talk = [touch("visit"), touch("talk", DAY + 1)]
    assert journey(late_talk, [short])[:3] == (T0, 0, 0)


def test_the_entry_that_reaches_furthest_wins() -> None:
    found = [touch("visit"), touch("visit", 40 * DAY), touch("talk", 41 * DAY)]
    assert journey(found) == Journey(
        visit_at=T0 + 40 * DAY,
        talk_at=T0 + 41 * DAY,
        first_visit_at=T0,
        first_talk_at=T0 + 41 * DAY,
    )


def test_a_late_visit_before_a_talk_that_already_came_becomes_the_entry() -> None:
    found = [touch("visit"), touch("talk", 40 * DAY), touch("visit", 40 * DAY)]
    assert journey(found)[:3] == (T0 + 40 * DAY, T0 + 40 * DAY, 0)


def test_between_entries_that_reach_equally_far_the_earliest_wins() -> None:
    found = [touch("visit"), touch("visit", DAY), touch("talk", 2 * DAY)]
    assert journey(found)[:3] == (T0, T0 + 2 * DAY, 0)


def test_an_entry_whose_talk_leads_to_an_act_beats_an_earlier_one_whose_talk_does_not() -> None:
    found = [
        touch("visit"),
        touch("talk", DAY),
        touch("visit", 400 * DAY),
        touch("talk", 401 * DAY),
        touch("act", 402 * DAY),
    ]
    assert journey(found)[:3] == (T0 + 400 * DAY, T0 + 401 * DAY, T0 + 402 * DAY)


def test_of_two_talks_in_the_window_the_first_that_an_act_follows_counts() -> None:
    found = [touch("visit"), touch("talk", DAY), touch("talk", 20 * DAY), touch("act", 370 * DAY)]
    assert journey(found)[:3] == (T0, T0 + 20 * DAY, T0 + 370 * DAY)


def test_where_no_act_follows_the_first_talk_counts() -> None:
    found = [touch("visit"), touch("talk", 2 * DAY), touch("talk", DAY)]
    assert journey(found)[:3] == (T0, T0 + DAY, 0)


def test_an_act_ninety_days_late_lands_where_it_belongs() -> None:
    found = [touch("visit"), touch("talk", DAY), touch("act", 100 * DAY), touch("act", 10 * DAY)]
    assert journey(found) == Journey(
        visit_at=T0,
        talk_at=T0 + DAY,
        act_at=T0 + 10 * DAY,
        first_visit_at=T0,
        first_talk_at=T0 + DAY,
        first_act_at=T0 + 10 * DAY,
        act_after_talk_at=T0 + 10 * DAY,
        acts=2,
    )


def test_the_end_of_the_lag_has_no_window_and_is_at_or_after_the_first_talk() -> None:
    found = [
        touch("act"),
        touch("talk", DAY),
        touch("act", 900 * DAY),
        touch("pushback", HOUR),
        touch("pushback", DAY),
    ]
    assert journey(found) == Journey(
        first_talk_at=T0 + DAY,
        first_act_at=T0,
        first_pushback_at=T0 + HOUR,
        act_after_talk_at=T0 + 900 * DAY,
        pushback_after_talk_at=T0 + DAY,
        acts=2,
        pushbacks=2,
    )


def test_passive_signals_are_no_step_and_only_the_first_is_kept() -> None:
    found = [touch("passive", HOUR), touch("passive", MINUTE), touch("passive", DAY)]
    assert journey(found) == Journey(first_passive_at=T0 + MINUTE)


def test_a_send_opens_no_journey() -> None:
    assert journeys([touch("send")]) == {}


def test_an_interaction_without_a_campaign_opens_no_journey() -> None:
    assert journeys([touch("visit", campaign="")]) == {}


def test_a_visitor_has_a_journey_in_each_campaign() -> None:
    found = [touch("visit"), touch("talk", HOUR, campaign="d")]
    assert journeys(found) == {
        "c": Journey(visit_at=T0, first_visit_at=T0),
        "d": Journey(first_talk_at=T0 + HOUR),
    }


def test_the_origin_is_that_of_the_first_touch_whenever_it_arrives() -> None:
    found = [
        touch("visit", HOUR, channel={"source": "search"}),
        touch("talk", 0, channel={"source": "newsletter"}),
        touch("visit", DAY, channel={"source": "twitter"}),
    ]
    assert journey(found).origin_key == name_key(b"newsletter")


def test_of_two_first_touches_at_one_time_the_smaller_key_is_the_origin() -> None:
    names = ("search", "newsletter")
    found = [touch("visit", 0, event_id=name, channel={"source": name}) for name in names]
    expected = min(name_key(name.encode()) for name in names)
    assert journey(found).origin_key == expected
    assert journey(found[::-1]).origin_key == expected
