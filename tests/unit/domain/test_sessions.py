"""Sessions: which interactions are one visit to the site, whatever order they arrive in."""

from __future__ import annotations

from itertools import permutations

import pytest

from streams.domain.fold import Limits
from streams.domain.interaction import Interaction
from tests.builders import DAY, HOUR, MINUTE, T0, campaign, interaction
from tests.unit.domain.standing import Session, sessions

GAP = 30 * MINUTE


def seen_at(*offsets_ms: int, **given: str) -> list[Interaction]:
    """Visits of one visitor at these times after T0, in this order of arrival."""
    return [
        interaction(f"e{number}", occurred_at=T0 + at, received_at=T0 + DAY, **given)
        for number, at in enumerate(offsets_ms)
    ]


def test_one_interaction_is_a_session_of_no_length() -> None:
    assert sessions(seen_at(0)) == [Session(T0, T0, 1)]


def test_an_interaction_exactly_at_the_gap_joins_the_session() -> None:
    assert sessions(seen_at(0, GAP)) == [Session(T0, T0 + GAP, 2)]


def test_an_interaction_a_millisecond_beyond_the_gap_opens_another() -> None:
    assert sessions(seen_at(0, GAP + 1)) == [
        Session(T0, T0, 1),
        Session(T0 + GAP + 1, T0 + GAP + 1, 1),
    ]


def test_two_interactions_in_one_millisecond_are_one_session_of_two() -> None:
    assert sessions(seen_at(0, 0)) == [Session(T0, T0, 2)]


def test_an_interaction_that_closes_the_gap_between_two_sessions_merges_them() -> None:
    assert sessions(seen_at(0, 2 * GAP, GAP)) == [Session(T0, T0 + 2 * GAP, 3)]


def test_an_interaction_that_reaches_only_one_of_two_sessions_joins_that_one() -> None:
    assert sessions(seen_at(0, 2 * GAP + 1, GAP)) == [
        Session(T0, T0 + GAP, 2),
        Session(T0 + 2 * GAP + 1, T0 + 2 * GAP + 1, 1),
    ]


def test_a_late_interaction_exactly_a_gap_before_a_session_becomes_its_start() -> None:
    assert sessions(seen_at(GAP, 0)) == [Session(T0, T0 + GAP, 2)]


def test_a_late_interaction_more_than_a_gap_before_a_session_stands_alone() -> None:
    assert sessions(seen_at(GAP + 1, 0)) == [
        Session(T0, T0, 1),
        Session(T0 + GAP + 1, T0 + GAP + 1, 1),
    ]


def test_a_late_interaction_between_two_sessions_near_neither_stands_alone() -> None:
    assert sessions(seen_at(0, 4 * GAP, 2 * GAP)) == [
        Session(T0, T0, 1),
        Session(T0 + 2 * GAP, T0 + 2 * GAP, 1),
        Session(T0 + 4 * GAP, T0 + 4 * GAP, 1),
    ]


def test_a_late_interaction_inside_an_old_session_only_counts() -> None:
    assert sessions(seen_at(0, GAP, 4 * GAP, MINUTE)) == [
        Session(T0, T0 + GAP, 3),
        Session(T0 + 4 * GAP, T0 + 4 * GAP, 1),
    ]


@pytest.mark.parametrize("order", list(permutations((0, 1, 2))))
def test_any_order_of_arrival_gives_the_same_session(order: tuple[int, ...]) -> None:
    assert sessions(seen_at(*(number * GAP for number in order))) == [Session(T0, T0 + 2 * GAP, 3)]


def test_a_session_is_not_cut_at_midnight() -> None:
    midnight = T0 // DAY * DAY + DAY - T0
    assert sessions(seen_at(midnight - MINUTE, midnight + MINUTE)) == [
        Session(T0 + midnight - MINUTE, T0 + midnight + MINUTE, 2)
    ]


def test_a_session_has_no_longest_length() -> None:
    beats = [number * GAP for number in range(49)]
    found = [interaction(f"e{at}", occurred_at=T0 + at, received_at=T0 + 2 * DAY) for at in beats]
    assert sessions(found) == [Session(T0, T0 + DAY, 49)]


def test_visitors_do_not_share_sessions() -> None:
    found = [interaction("e1", visitor="v"), interaction("e2", visitor="w")]
    assert sessions(found) == [Session(T0, T0, 1), Session(T0, T0, 1, visitor="w")]


def test_campaigns_share_a_session_unless_one_asks_for_its_own() -> None:
    found = [interaction("e1", campaign="c"), interaction("e2", campaign="d", at=T0 + MINUTE)]
    assert sessions(found) == [Session(T0, T0 + MINUTE, 2)]


def test_a_campaign_with_sessions_of_its_own_counts_by_its_own_gap() -> None:
    own = campaign(sessions="per-campaign", gap_minutes=5)
    found = [
        interaction("e1", campaign="c"),
        interaction("e2", campaign="d", at=T0 + MINUTE),
        interaction("e3", campaign="c", at=T0 + 5 * MINUTE),
        interaction("e4", campaign="c", at=T0 + 10 * MINUTE + 1),
    ]
    assert sessions(found, [own]) == [
        Session(T0, T0 + 5 * MINUTE, 2, campaign="c"),
        Session(T0 + MINUTE, T0 + MINUTE, 1),
        Session(T0 + 10 * MINUTE + 1, T0 + 10 * MINUTE + 1, 1, campaign="c"),
    ]


def test_a_gap_that_was_set_counts_where_no_campaign_has_its_own() -> None:
    found = seen_at(0, MINUTE, 2 * MINUTE + 1)
    assert sessions(found, limits=Limits(gap_ms=MINUTE)) == [
        Session(T0, T0 + MINUTE, 2),
        Session(T0 + 2 * MINUTE + 1, T0 + 2 * MINUTE + 1, 1),
    ]


@pytest.mark.parametrize(
    ("source", "page", "expected"),
    [
        ("web", "", True),
        ("pixel", "", True),
        ("web:form", "", True),
        ("webhook:standard", "", False),
        ("load", "", False),
        ("webhook:standard", "https://example.org/", True),
    ],
)
def test_only_what_was_seen_on_a_page_is_in_a_session(
    source: str, page: str, expected: bool
) -> None:
    found = interaction("e1", source=source, page=page)
    assert sessions([found]) == ([Session(T0, T0, 1)] if expected else [])


def test_a_send_is_in_no_session_even_with_a_page() -> None:
    assert sessions([interaction("e1", "send", page="https://example.org/")]) == []


def test_an_interaction_without_a_campaign_is_in_a_session() -> None:
    assert sessions([interaction("e1", campaign="")]) == [Session(T0, T0, 1)]


def test_the_oldest_of_too_many_sessions_is_flagged_and_let_go() -> None:
    found = seen_at(0, HOUR, 2 * HOUR)
    assert sessions(found, limits=Limits(touches=2)) == [
        Session(T0, T0, 1, capped=True),
        Session(T0 + HOUR, T0 + HOUR, 1),
        Session(T0 + 2 * HOUR, T0 + 2 * HOUR, 1),
    ]


def test_what_comes_into_a_session_that_was_let_go_opens_another() -> None:
    found = seen_at(0, HOUR, 2 * HOUR, MINUTE)
    assert sessions(found, limits=Limits(touches=2)) == [
        Session(T0, T0, 1, capped=True),
        Session(T0 + MINUTE, T0 + MINUTE, 1, capped=True),
        Session(T0 + HOUR, T0 + HOUR, 1),
        Session(T0 + 2 * HOUR, T0 + 2 * HOUR, 1),
    ]


def test_sessions_of_a_campaign_of_its_own_are_capped_as_well() -> None:
    own = campaign(sessions="per-campaign")
    found = seen_at(0, HOUR, 2 * HOUR)
    assert sessions(found, [own], Limits(touches=2)) == [
        Session(T0, T0, 1, capped=True, campaign="c"),
        Session(T0 + HOUR, T0 + HOUR, 1, campaign="c"),
        Session(T0 + 2 * HOUR, T0 + 2 * HOUR, 1, campaign="c"),
    ]
