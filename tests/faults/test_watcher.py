"""How long a fault was felt: from the fault until little was behind again."""

from __future__ import annotations

from tests.faults.watcher import Seen, recovery_s


def seen(*behind: float) -> list[Seen]:
    """One look per second."""
    return [Seen(float(second), records) for second, records in enumerate(behind)]


def test_a_fault_that_nobody_felt_took_no_time() -> None:
    assert recovery_s(seen(5, 10, 10, 0), [0.5], most=10) == 0


def test_a_fault_is_over_when_no_more_than_a_second_of_input_is_behind() -> None:
    assert recovery_s(seen(0, 0, 50, 90, 11, 10, 0), [1.0], most=10) == 4


def test_it_is_felt_from_the_fault_on_even_when_records_are_missed_later() -> None:
    assert recovery_s(seen(0, 0, 0, 0, 50, 0), [1.0], most=10) == 4


def test_the_longest_of_several_counts() -> None:
    assert recovery_s(seen(0, 50, 0, 0, 50, 50, 50, 0), [0.5, 3.5], most=10) == 3.5


def test_what_comes_after_the_next_fault_belongs_to_that() -> None:
    assert recovery_s(seen(0, 0, 0, 50, 0), [0.0, 2.5], most=10) == 1.5


def test_a_fault_that_is_never_over_lasts_to_the_end() -> None:
    assert recovery_s(seen(0, 50, 60, 70), [0.0], most=10) == 3
