"""How many refused lines are too many."""

import pytest

from streams.load.limit import DEFAULT_LIMIT, Limit, TooManyRefused, parse_limit
from streams.load.tally import Tally


def passes(limit: Limit, read: int, refused: int, *, at_end: bool = False) -> bool:
    """Whether the limit lets this many refused lines through."""
    try:
        limit.check(Tally(read=read, refused=refused), at_end=at_end)
    except TooManyRefused:
        return False
    return True


@pytest.mark.parametrize(
    ("written", "limit"),
    [("0", Limit(lines=0)), ("200", Limit(lines=200)), ("2.5%", Limit(percent=2.5))],
)
def test_a_limit_is_lines_or_percent(written: str, limit: Limit) -> None:
    assert parse_limit(written) == limit


@pytest.mark.parametrize("written", ["", "%", "-1", "5 %", "half", "1e3", "0x10", "٣"])
def test_what_is_no_limit_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="expected a number of lines or a percentage such as 5%"):
        parse_limit(written)


def test_so_many_lines_may_be_refused_and_not_one_more() -> None:
    assert passes(Limit(lines=2), read=3, refused=2)
    assert not passes(Limit(lines=2), read=3, refused=3)


def test_a_percentage_is_judged_from_a_thousand_lines_on_and_at_the_end() -> None:
    limit = Limit(percent=10)
    assert passes(limit, read=999, refused=999)
    assert not passes(limit, read=999, refused=100, at_end=True)
    assert passes(limit, read=1_000, refused=100)
    assert not passes(limit, read=1_000, refused=101)
    assert not passes(limit, read=5_000, refused=501)


def test_by_default_half_of_the_first_thousand_lines_may_be_refused() -> None:
    assert passes(DEFAULT_LIMIT, read=1_000, refused=500)
    assert not passes(DEFAULT_LIMIT, read=1_000, refused=501)
    assert passes(DEFAULT_LIMIT, read=5_000, refused=4_000)
    assert passes(DEFAULT_LIMIT, read=20, refused=20, at_end=True)


def test_the_error_says_what_is_probably_wrong() -> None:
    expected = (
        "501 of the first 1,000 lines were refused, more than 50 %:"
        " probably the map is for another kind of file"
    )
    with pytest.raises(TooManyRefused, match=expected):
        DEFAULT_LIMIT.check(Tally(read=1_000, refused=501))
