"""Facts: what a batch adds: signed rows, and only the last change of each thing."""

from __future__ import annotations

from streams.domain.facts import Facts
from streams.domain.fold import fold
from streams.domain.interaction import Interaction
from streams.domain.keys import name_key
from streams.domain.visitor import Visitor
from tests.builders import HOUR, LIMITS, MINUTE, T0, interaction, stamped
from tests.unit.domain.standing import Journey

V, W = name_key(b"acme/v"), name_key(b"acme/w")
GAP = 30 * MINUTE


def batches(*found: list[Interaction]) -> list[Facts]:
    """The facts of each batch, one after the other."""
    visitors: dict[int, Visitor] = {}
    return [fold(stamped(batch).steps, visitors, LIMITS) for batch in found]


def visit_at(at: int, event_id: str = "", **given: str) -> Interaction:
    """A visit at a time after T0, received an hour later than all."""
    name = event_id or f"e{at}"
    return interaction(name, occurred_at=T0 + at, received_at=T0 + 9 * HOUR, **given)


def test_an_empty_batch_adds_nothing() -> None:
    assert batches([]) == [([], [], [], [], [], [], {})]


def test_a_first_interaction_adds_one_session_and_one_journey() -> None:
    (facts,) = batches([interaction("e1")])
    assert facts._replace(changed={}) == Facts(
        accepted=[0],
        derived_at=[T0],
        clamped=[False],
        duplicates=[],
        sessions=[(0, 1, V, False, T0, T0, 1, False)],
        journeys=[(0, 1, V, Journey(visit_at=T0, first_visit_at=T0))],
        changed={},
    )
    assert facts.changed.keys() == {V}


def test_a_session_that_grows_is_taken_back_and_written_anew() -> None:
    _, facts = batches([visit_at(0)], [visit_at(MINUTE)])
    assert facts.sessions == [
        (0, -1, V, False, T0, T0, 1, False),
        (0, 1, V, False, T0, T0 + MINUTE, 2, False),
    ]


def test_only_the_last_change_within_a_batch_is_written() -> None:
    _, facts = batches([visit_at(0)], [visit_at(MINUTE), visit_at(2 * MINUTE)])
    assert facts.sessions == [
        (0, -1, V, False, T0, T0, 1, False),
        (0, 1, V, False, T0, T0 + 2 * MINUTE, 3, False),
    ]


def test_merged_sessions_are_both_taken_back() -> None:
    _, facts = batches([visit_at(0), visit_at(2 * GAP)], [visit_at(GAP)])
    assert sorted(facts.sessions) == [
        (0, -1, V, False, T0, T0, 1, False),
        (0, -1, V, False, T0 + 2 * GAP, T0 + 2 * GAP, 1, False),
        (0, 1, V, False, T0, T0 + 2 * GAP, 3, False),
    ]


def test_a_session_that_was_opened_and_swallowed_in_one_batch_was_never_there() -> None:
    (facts,) = batches([visit_at(0), visit_at(2 * GAP), visit_at(GAP)])
    assert facts.sessions == [(0, 1, V, False, T0, T0 + 2 * GAP, 3, False)]


def test_a_journey_that_comes_further_is_taken_back_and_written_anew() -> None:
    _, facts = batches([interaction("e1")], [interaction("e2", "talk", at=T0 + 1)])
    before = Journey(visit_at=T0, first_visit_at=T0)
    after = before._replace(talk_at=T0 + 1, first_talk_at=T0 + 1)
    assert facts.journeys == [(0, -1, V, before), (0, 1, V, after)]


def test_a_further_visit_that_changes_nothing_of_a_journey_writes_none() -> None:
    _, facts = batches([visit_at(0)], [visit_at(MINUTE)])
    assert facts.journeys == []


def test_a_further_like_that_changes_nothing_of_a_journey_writes_none() -> None:
    likes = [interaction("e1", "passive")], [interaction("e2", "passive", at=T0 + 1)]
    _, facts = batches(*likes)
    assert facts.journeys == []
    assert facts.changed.keys() == {V}


def test_each_fact_names_the_interaction_that_caused_it() -> None:
    (facts,) = batches([visit_at(0, visitor="v"), visit_at(0, visitor="w"), visit_at(1)])
    assert [fact[:3] for fact in facts.sessions] == [(0, 1, V), (1, 1, W)]
    assert [fact[:3] for fact in facts.journeys] == [(0, 1, V), (1, 1, W)]


def test_accepted_clamped_and_duplicate_interactions_are_told_apart() -> None:
    found = [
        interaction("e1"),
        interaction("e1"),
        interaction("e2", occurred_at=T0 + HOUR, received_at=T0),
    ]
    (facts,) = batches(found)
    assert (facts.accepted, facts.derived_at, facts.clamped, facts.duplicates) == (
        [0, 2],
        [T0, T0],
        [False, True],
        [1],
    )


def test_a_send_is_accepted_and_makes_its_visitor_known_but_no_other_fact() -> None:
    (facts,) = batches([interaction("e1", "send")])
    assert (facts.accepted, facts.sessions, facts.journeys) == ([0], [], [])
    assert facts.changed.keys() == {V}
