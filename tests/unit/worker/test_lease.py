"""The lease: a commit is sent under the membership that its lane was opened under, or not."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import errors
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.types import TP

from streams.worker.lanes import LeasedCommits
from streams.worker.lease import Committed, Deposed, Lease
from tests.fakes.coordinator import MEMBER, FakeCoordinator, ThreadOnFakes
from tests.loops import on_a_loop

PARTITION = TP("interactions", 2)
SENT = {TopicPartition("interactions", 2): OffsetAndMetadata(7, "note")}


def commits(coordinator: FakeCoordinator, lease: Lease = MEMBER) -> LeasedCommits:
    """A lane's way to commit, opened under this lease."""
    return LeasedCommits(ThreadOnFakes(coordinator), lease, PARTITION)


@on_a_loop
async def test_a_commit_under_the_lease_is_sent_once_with_its_metadata() -> None:
    coordinator = FakeCoordinator()
    await commits(coordinator).commit(7, "note")
    assert coordinator.sent == [SENT]


@pytest.mark.parametrize(
    "now", [(5, "worker-0-a"), (4, "worker-0-b"), (-1, "")], ids=["generation", "member", "none"]
)
@on_a_loop
async def test_a_commit_under_a_membership_that_is_over_sends_nothing(now: tuple[int, str]) -> None:
    coordinator = FakeCoordinator()
    lane = commits(coordinator)
    coordinator.rejoin(*now)
    with pytest.raises(Deposed, match="is over"):
        await lane.commit(7, "note")
    assert coordinator.sent == []


@on_a_loop
async def test_a_rebalance_while_another_commit_holds_the_lock_deposes() -> None:
    coordinator = FakeCoordinator()
    async with coordinator._commit_lock:
        committing = asyncio.create_task(commits(coordinator).commit(7, "note"))
        await asyncio.sleep(0.01)
        coordinator.rejoin(5, MEMBER.member_id)
    with pytest.raises(Deposed):
        await committing
    assert coordinator.sent == []


@pytest.mark.parametrize(
    "answer",
    [
        errors.GroupLoadInProgressError,
        errors.GroupCoordinatorNotAvailableError,
        errors.NotCoordinatorForGroupError,
    ],
)
@on_a_loop
async def test_a_commit_that_was_surely_not_applied_is_sent_again(answer: type[Exception]) -> None:
    coordinator = FakeCoordinator([answer(), answer()])
    await commits(coordinator).commit(7, "note")
    assert coordinator.sent == [SENT] * 3
    assert coordinator.left == 0


@on_a_loop
async def test_before_a_commit_is_sent_again_the_lease_is_looked_at_again() -> None:
    coordinator = FakeCoordinator([errors.NotCoordinatorForGroupError()])
    committing = asyncio.create_task(commits(coordinator).commit(7, "note"))
    while not coordinator.sent:
        await asyncio.sleep(0)
    coordinator.rejoin(5, MEMBER.member_id)
    with pytest.raises(Deposed):
        await committing
    assert coordinator.sent == [SENT]


@pytest.mark.parametrize(
    "answer",
    [
        errors.IllegalGenerationError,
        errors.UnknownMemberIdError,
        errors.RebalanceInProgressError,
    ],
)
@on_a_loop
async def test_a_commit_that_the_broker_fences_deposes_and_stays_in_the_group(
    answer: type[Exception],
) -> None:
    coordinator = FakeCoordinator([answer()])
    with pytest.raises(Deposed, match=answer.__name__):
        await commits(coordinator).commit(7, "note")
    assert (coordinator.sent, coordinator.left) == ([SENT], 0)


@pytest.mark.parametrize("answer", [errors.RequestTimedOutError, errors.KafkaConnectionError])
@on_a_loop
async def test_a_commit_whose_outcome_is_unknown_is_never_repeated_and_the_group_left(
    answer: type[Exception],
) -> None:
    coordinator = FakeCoordinator([answer()])
    with pytest.raises(Deposed, match=f"unknown outcome: {answer.__name__}"):
        await commits(coordinator).commit(7, "note")
    assert (coordinator.sent, coordinator.left) == ([SENT], 1)


@on_a_loop
async def test_a_membership_that_is_already_another_is_not_left_for_an_unknown_outcome() -> None:
    class Rejoining(FakeCoordinator):
        async def _do_commit_offsets(self, assignment: None, offsets: object) -> None:
            self.rejoin(5, "worker-0-b")
            raise errors.RequestTimedOutError

    coordinator = Rejoining()
    with pytest.raises(Deposed, match="unknown outcome"):
        await commits(coordinator).commit(7, "note")
    assert coordinator.left == 0


@on_a_loop
async def test_a_commit_under_way_is_finished_although_its_lane_is_cancelled() -> None:
    coordinator = FakeCoordinator()
    async with coordinator._commit_lock:
        committing = asyncio.create_task(commits(coordinator).commit(7, "note"))
        await asyncio.sleep(0.01)
        committing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await committing
    while not coordinator.sent:
        await asyncio.sleep(0)
    assert coordinator.sent == [SENT]


@on_a_loop
async def test_committed_offsets_are_read_with_their_metadata_and_are_zero_before_the_first() -> (
    None
):
    other = TP("interactions", 3)
    coordinator = FakeCoordinator(committed=SENT)
    found = await ThreadOnFakes(coordinator).committed([PARTITION, other])
    assert found == {PARTITION: Committed(7, "note"), other: Committed(0, "")}
