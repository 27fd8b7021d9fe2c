"""Plan: what a lane is about to write, as the metadata of its offset commit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.plan import Plan, UnknownPlan, decode_plan, encode_plan

numbers = st.integers(0, 2**63 - 1)


def test_a_plan_is_short_json_with_its_version() -> None:
    metadata = encode_plan(Plan(epoch=1, begin=5, end=9))
    assert metadata == '{"v":1,"pending":{"epoch":1,"begin":5,"end":9}}'


def test_no_plan_is_written_as_null() -> None:
    assert encode_plan(None) == '{"v":1,"pending":null}'


def test_a_plan_says_under_which_token_its_rows_are_inserted() -> None:
    assert Plan(epoch=2, begin=5, end=9).token("interactions", 3) == "2:interactions:3:5-9"


@given(st.one_of(st.none(), st.builds(Plan, epoch=numbers, begin=numbers, end=numbers)))
def test_a_plan_comes_back_as_it_was_written(plan: Plan | None) -> None:
    assert decode_plan(encode_plan(plan)) == plan


def test_before_the_first_commit_nothing_is_pending() -> None:
    assert decode_plan("") is None


@pytest.mark.parametrize(
    "metadata",
    [
        '{"v":2,"pending":null}',
        '{"pending":null}',
        '{"v":1,"pending":{"epoch":1,"begin":5}}',
        "someone else's note",
        "[]",
    ],
)
def test_metadata_of_another_kind_is_refused_with_what_was_found(metadata: str) -> None:
    with pytest.raises(UnknownPlan) as refusal:
        decode_plan(metadata)
    assert str(refusal.value) == (
        f"commit metadata: expected a plan of version 1, found {metadata!r}"
    )


def test_only_the_beginning_of_long_metadata_is_shown() -> None:
    with pytest.raises(UnknownPlan) as refusal:
        decode_plan("x" * 5_000)
    assert str(refusal.value).endswith(f"found {'x' * 80!r}")


@given(st.text())
def test_any_metadata_is_a_plan_or_refused(metadata: str) -> None:
    try:
        found = decode_plan(metadata)
    except UnknownPlan:
        return
    assert found is None or isinstance(found, Plan)
