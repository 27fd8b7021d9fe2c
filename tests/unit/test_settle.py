"""Settling: only what was published before the call is waited for."""

from streams.eventlog.offsets import Settled
from streams.eventlog.settle import Goal, described


def state(partition: int, committed: int, end: int) -> Settled:
    return Settled("interactions", partition, committed, end, "")


def test_what_is_published_later_is_not_waited_for() -> None:
    goal = Goal.of([state(0, 0, 10)])
    assert goal.rest([state(0, 10, 500)]) == {}


def test_the_rest_is_counted_for_each_partition_that_is_behind() -> None:
    goal = Goal.of([state(0, 0, 10), state(1, 0, 7)])
    assert goal.rest([state(0, 4, 20), state(1, 7, 7)]) == {("interactions", 0): 6}


def test_an_empty_log_is_settled() -> None:
    states = [state(0, 0, 0), state(1, 0, 0)]
    assert Goal.of(states).rest(states) == {}


def test_what_is_stuck_is_told_by_partition_and_number() -> None:
    rest = {("interactions", 0): 6000, ("rejections", 0): 1}
    assert described(rest) == (
        "interactions[0] 6,000 records behind, rejections[0] 1 records behind"
    )
