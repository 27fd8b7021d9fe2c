"""Holes: what is absent from the tables must be what the receipts left out."""

import pytest

from streams.commands.audit import _code, _state, _to_do
from streams.warehouse.audit import LOOKS, Finding, holes, proven

FIRST, SECOND = ("interactions", 0), ("interactions", 1)


def test_what_was_left_out_is_absent() -> None:
    assert not holes({FIRST: 2, SECOND: 1}, left_out=3, later=3).is_wrong


def test_a_record_that_is_absent_and_was_not_left_out_is_a_hole() -> None:
    found = holes({FIRST: 2, SECOND: 2}, left_out=3, later=4)
    assert found.is_wrong
    assert [cell["absent"] for cell in found.cells] == [2, 2]


def test_what_was_left_out_and_still_stands_in_a_table_is_wrong_too() -> None:
    assert holes({FIRST: 2}, left_out=3, later=2).is_wrong


def test_what_was_planned_meanwhile_may_be_left_out_already() -> None:
    assert not holes({FIRST: 2}, left_out=5, later=6).is_wrong


def test_records_that_moved_between_the_looks_may_hide_as_many_holes() -> None:
    found = holes({FIRST: 150}, left_out=200, later=350)
    assert (found.is_wrong, found.is_open, found.moved) == (False, True, 200)
    assert (_state(found), _code([found])) == ("open", 3)
    assert "not provable while 200 records moved" in _to_do(found)


def test_nothing_is_open_when_nothing_moved() -> None:
    found = holes({FIRST: 2, SECOND: 1}, left_out=3, later=3)
    assert (_state(found), _to_do(found), _code([found])) == ("ok", "", 0)


SURE = holes({FIRST: 3}, left_out=3, later=3)
WRONG = holes({FIRST: 4}, left_out=3, later=5)
LITTLE, MUCH = holes({FIRST: 3}, left_out=3, later=4), holes({FIRST: 3}, left_out=3, later=9)


@pytest.mark.parametrize(
    ("looks", "told"),
    [
        ([SURE], SURE),
        ([MUCH, SURE], SURE),
        ([MUCH, LITTLE, WRONG], WRONG),
        ([MUCH, LITTLE, MUCH, MUCH], LITTLE),
    ],
)
def test_it_looks_again_until_it_is_sure_or_wrong(looks: list[Finding], told: Finding) -> None:
    left = iter(looks)
    waits: list[float] = []
    assert proven(lambda: next(left), waits.append) == told
    assert list(left) == []
    assert len(waits) == len(looks) - 1 < LOOKS


def test_a_fault_outweighs_what_is_open() -> None:
    assert _code([MUCH, WRONG]) == 1


def test_a_hole_says_what_else_it_may_be() -> None:
    assert "--without-older" in WRONG.to_do
    assert "--accept-loss" in WRONG.to_do
