"""Extents: which logs may be folded from where the group stands, and which may not."""

from __future__ import annotations

import pytest

from streams.eventlog.extents import ANOTHER, Extent, cut_texts, shorter_texts


def extent(begin: int, end: int, committed: int | None) -> Extent:
    """Of partition 2."""
    return Extent("interactions", 2, begin, end, committed)


@pytest.mark.parametrize(
    "harmless",
    [
        extent(0, 0, None),
        extent(5, 9, None),  # a new group reads what there is
        extent(0, 9, 0),
        extent(0, 9, 9),
        extent(5, 9, 5),  # all that was deleted is folded
        extent(9, 9, 9),
    ],
)
def test_a_log_that_has_all_that_was_not_folded_is_no_reason(harmless: Extent) -> None:
    assert list(cut_texts([harmless])) == []
    assert list(shorter_texts([harmless])) == []


def test_a_log_that_lost_records_before_they_were_folded_is_cut() -> None:
    found = [extent(6, 9, 5)]
    assert list(shorter_texts(found)) == []
    assert list(cut_texts(found)) == [
        "interactions[2]: expected the records from offset 5 on, found a log that begins at 6: 1"
        " were deleted before they were folded. `stepthree worker --accept-loss` goes on without"
        " them"
    ]


def test_a_log_that_ends_before_what_was_folded_is_another_one() -> None:
    found = [extent(0, 4, 5)]
    assert list(cut_texts(found)) == []
    assert list(shorter_texts(found)) == [
        "interactions[2]: expected a log that reaches offset 5, up to which all is folded, found"
        f" one that ends at 4: the topic was made anew, or cut short. {ANOTHER}"
    ]
