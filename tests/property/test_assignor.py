"""Laws of the assignor: balance comes first, then everybody keeps what it had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import given
from hypothesis import strategies as st

from streams.worker.assignor import Held, Sharer, Shares, share_out

MEMBERS = [f"worker-{number}" for number in range(6)]
OURS = {"interactions": range(4), "rejections": range(1)}

topics = st.dictionaries(
    st.sampled_from(["a", "b", "c"]), st.integers(1, 9).map(range), min_size=1, max_size=3
)
members = st.sets(st.sampled_from(MEMBERS), min_size=1)
anything = st.builds(
    Held,
    st.integers(0, 3),
    st.dictionaries(st.sampled_from(["a", "b", "z"]), st.lists(st.integers(0, 12)), max_size=3),
)


def shared(held: Mapping[str, Held], partitions: Mapping[str, range]) -> Shares:
    """All members read all topics."""
    return share_out({it: Sharer(list(partitions), held[it]) for it in held}, partitions)


def after(shares: Shares, round_: int) -> dict[str, Held]:
    """What the members tell the next time."""
    return {member: Held(round_, share) for member, share in shares.items()}


def pairs(share: Mapping[str, Iterable[int]]) -> set[tuple[str, int]]:
    """A share as topic and partition."""
    return {(topic, number) for topic, numbers in share.items() for number in numbers}


@given(st.dictionaries(st.sampled_from(MEMBERS), anything, min_size=1), topics)
def test_whatever_members_tell_each_partition_has_one_owner_and_all_have_as_many_within_one(
    held: dict[str, Held], partitions: dict[str, range]
) -> None:
    shares = shared(held, partitions)
    given_out = [pair for share in shares.values() for pair in sorted(pairs(share))]
    assert sorted(given_out) == sorted(pairs(partitions))
    for topic in partitions:
        counts = [len(share.get(topic, ())) for share in shares.values()]
        assert max(counts) - min(counts) <= 1
    totals = [len(pairs(share)) for share in shares.values()]
    assert max(totals) - min(totals) <= 1


@given(members, topics)
def test_the_same_members_get_the_same_again(group: set[str], topics: dict[str, range]) -> None:
    first = shared(dict.fromkeys(group, Held()), topics)
    assert shared(after(first, 1), topics) == first


@given(members, st.integers(1, 20), st.data())
def test_of_one_topic_whoever_stays_keeps_all_that_balance_lets_it_have(
    group: set[str], partitions: int, data: st.DataObject
) -> None:
    """Members join and leave: whoever has fewer than its due lost nothing."""
    topics = {"a": range(partitions)}
    before = shared(dict.fromkeys(group, Held()), topics)
    group_now = data.draw(members)
    held = {it: after(before, 1).get(it, Held()) for it in group_now}
    now = shared(held, topics)
    least = partitions // len(group_now)
    for member in group & group_now:
        had, has = pairs(before[member]), pairs(now[member])
        assert len(had & has) >= min(len(had), least)
        assert had <= has or has <= had
    overfull = sum(len(pairs(before[it])) > least for it in group & group_now)
    let_be = sum(len(pairs(now[it])) > least for it in group & group_now)
    assert let_be >= min(overfull, partitions % len(group_now))


@given(st.permutations(MEMBERS[:4]), st.integers(2, 4))
def test_of_our_topics_nothing_moves_when_a_worker_leaves_but_what_it_had(
    order: list[str], size: int
) -> None:
    before = shared(dict.fromkeys(order[:size], Held()), OURS)
    gone = order[0]
    held = {it: told for it, told in after(before, 1).items() if it != gone}
    now = shared(held, OURS)
    for member in held:
        assert pairs(before[member]) <= pairs(now[member])


@given(st.permutations(MEMBERS[:4]), st.integers(2, 4))
def test_who_comes_back_after_the_others_had_shared_its_partitions_gets_its_own(
    order: list[str], size: int
) -> None:
    first = shared(dict.fromkeys(order[:size], Held()), OURS)
    gone = order[0]
    meanwhile = shared({it: h for it, h in after(first, 1).items() if it != gone}, OURS)
    back = shared(after(meanwhile, 2) | {gone: Held(1, first[gone])}, OURS)
    assert pairs(back[gone]) <= pairs(first[gone]) or pairs(first[gone]) <= pairs(back[gone])
