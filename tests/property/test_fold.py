"""The laws of the fold."""

from __future__ import annotations

from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from streams.demo.reference import expected_facts
from streams.domain.interaction import Interaction
from streams.domain.keys import name_key
from tests.property.strategies import dirty_streams, interactions, streams
from tests.property.sums import totals


@given(streams(), st.data())
def test_arrival_order_changes_nothing_in_sum(
    found: list[Interaction], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(found))
    assert totals(shuffled) == totals(found)


@given(dirty_streams(), st.data())
def test_batch_boundaries_change_nothing_in_sum(
    found: list[Interaction], data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(found)), max_size=4))
    assert totals(found, cuts) == totals(found)


@given(dirty_streams(), st.data())
def test_a_restart_from_the_snapshot_changes_nothing(
    found: list[Interaction], data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(found)), max_size=4))
    assert totals(found, cuts, restart=True) == totals(found)


@given(dirty_streams())
def test_twice_equals_once(found: list[Interaction]) -> None:
    assert totals(found + found) == totals(found)


@given(dirty_streams(most=40))
def test_facts_sum_to_what_brute_force_finds(found: list[Interaction]) -> None:
    expected = expected_facts([as_json(each) for each in found])
    events, sessions, journeys = totals(found)
    assert sorted(events) == sorted(
        (e.visitor, e.event_id, e.derived_at, e.clamped, e.in_session) for e in expected.events
    )
    assert sorted(sessions) == sorted(
        (s.visitor, s.campaign, s.started_at, s.ended_at, s.interactions, False)
        for s in expected.sessions
    )
    assert {row[:15] for row in journeys} == {
        (
            *(j.visitor, j.campaign, j.visit_at, j.talk_at, j.act_at, j.first_visit_at),
            *(j.first_talk_at, j.first_act_at, j.first_passive_at, j.first_pushback_at),
            *(j.act_after_talk_at, j.pushback_after_talk_at, j.acts, j.pushbacks, j.value_minor),
        )
        for j in expected.journeys
    }
    for row in journeys:
        origin = next(j.origin for j in expected.journeys if (j.visitor, j.campaign) == row[:2])
        assert origin is None or row[15] == name_key(origin.encode())
    assert set(journeys.values()) | set(sessions.values()) | set(events.values()) <= {1}


@given(streams(), interactions(99))
def test_adding_an_interaction_never_lowers_the_furthest_stage(
    found: list[Interaction], further: Interaction
) -> None:
    def reach(journeys: dict[tuple[object, ...], int]) -> dict[object, int]:
        return {row[:2]: sum(at != 0 for at in row[2:5]) for row in journeys}

    before, after = reach(totals(found)[2]), reach(totals([*found, further])[2])
    assert all(after[key] >= steps for key, steps in before.items())


@given(streams())
def test_every_interaction_of_a_session_is_in_exactly_one(found: list[Interaction]) -> None:
    events, sessions, _ = totals(found)
    for visitor in ("v", "w"):
        mine = sorted(row[2:5] for row in sessions if row[0] == visitor)
        times = [row[2] for row in events if row[0] == visitor and row[4]]
        assert sum(count for _, _, count in mine) == len(times)
        for (_, end, _), (start, _, _) in pairwise(mine):
            assert start - end > 1_800_000
        for started, ended, count in mine:
            assert count == sum(started <= at <= ended for at in times)


def as_json(found: Interaction) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(found)
    return plain
