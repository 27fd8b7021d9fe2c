"""Holes: what is absent from the tables must be what the receipts left out."""

from streams.warehouse.audit import holes

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
