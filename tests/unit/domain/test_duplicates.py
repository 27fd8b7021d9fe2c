"""Duplicates: an id that the visitor has sent before adds nothing, however old it is."""

from __future__ import annotations

from streams.domain.fold import Limits, fold
from streams.domain.keys import event_key
from streams.domain.visitor import Visitor, seen
from tests.builders import DAY, LIMITS, T0, interaction, stamped
from tests.unit.domain.standing import Journey, Session, accepted, journey, sessions


def test_a_repeated_id_is_a_duplicate_whatever_else_it_says() -> None:
    found = [interaction("e1"), interaction("e1", "act", at=T0 + DAY)]
    assert accepted(found) == {"e1": 1}
    assert sessions(found) == [Session(T0, T0, 1)]
    assert journey(found) == Journey(visit_at=T0, first_visit_at=T0)


def test_a_duplicate_is_told_by_its_place_and_changes_no_visitor() -> None:
    visitors: dict[int, Visitor] = {}
    first = stamped([interaction("e1")])
    fold(first.steps, visitors, LIMITS)
    facts = fold(stamped([interaction("e1"), interaction("e1")]).steps, visitors, LIMITS)
    assert facts == ([], [], [], [0, 1], [], [], {})


def test_another_visitors_same_id_is_no_duplicate() -> None:
    batch = stamped([interaction("e1", visitor="v"), interaction("e1", visitor="w")])
    assert fold(batch.steps, {}, LIMITS).accepted == [0, 1]


def test_another_tenants_same_visitor_and_id_is_no_duplicate() -> None:
    batch = stamped([interaction("e1", tenant="acme"), interaction("e1", tenant="zoo")])
    assert fold(batch.steps, {}, LIMITS).accepted == [0, 1]


def test_an_id_is_known_for_as_many_further_ids_as_the_ring_holds() -> None:
    ring_of_two = Limits(ring_bytes=16)
    known = [interaction(name) for name in ("e1", "e2", "e1")]
    assert accepted(known, ring_of_two) == {"e1": 1, "e2": 1}
    forgotten = [interaction(name) for name in ("e1", "e2", "e3", "e1")]
    assert accepted(forgotten, ring_of_two) == {"e1": 2, "e2": 1, "e3": 1}


def test_a_duplicate_does_not_make_the_ring_forget() -> None:
    found = [interaction(name) for name in ("e1", "e2", "e2", "e2", "e1")]
    assert accepted(found, Limits(ring_bytes=16)) == {"e1": 1, "e2": 1}


def test_the_ring_holds_the_latest_ids_oldest_first() -> None:
    visitors: dict[int, Visitor] = {}
    batch = stamped([interaction(name) for name in ("e1", "e2", "e3")])
    fold(batch.steps, visitors, Limits(ring_bytes=16))
    (visitor,) = visitors.values()
    assert visitor.ring == event_key(b"e2") + event_key(b"e3")


def test_an_id_in_the_ring_is_seen() -> None:
    assert seen(b"AAAAAAAABBBBBBBB", b"BBBBBBBB")


def test_an_id_that_is_not_in_the_ring_is_not_seen() -> None:
    assert not seen(b"AAAAAAAABBBBBBBB", b"CCCCCCCC")


def test_bytes_that_lie_across_two_ids_are_not_seen() -> None:
    assert not seen(b"AAAAAAAABBBBBBBB", b"AAAABBBB")


def test_an_id_is_seen_although_the_same_bytes_lie_across_two_others_before() -> None:
    assert seen(b"xAAAAAAAAxxxxxxxAAAAAAAA", b"AAAAAAAA")


def test_an_id_whose_bytes_lie_across_two_others_is_accepted() -> None:
    step = stamped([interaction("e1")]).steps[0]
    across = event_key(b"e2")[4:] + event_key(b"e3")[:4]
    visitors = {step[0]: Visitor(ring=event_key(b"e2") + event_key(b"e3"))}
    assert fold([(step[0], across, *step[2:])], visitors, LIMITS).accepted == [0]
