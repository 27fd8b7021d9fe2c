"""The assignor as aiokafka sees it: what is told, decided, and remembered."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.coordinator.protocol import (
    ConsumerProtocolMemberAssignment as Assignment,
)
from aiokafka.coordinator.protocol import (
    ConsumerProtocolMemberMetadata as Metadata,
)

from streams.worker.assignor import Held, Sharer, StickyAssignor, share_out

TOPICS = ["interactions", "rejections"]


class Cluster:
    """Four partitions of interactions, one of rejections."""

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        """None of any other topic."""
        return {"interactions": {0, 1, 2, 3}, "rejections": {0}}.get(topic)


def joined(members: Mapping[str, StickyAssignor]) -> dict[str, dict[str, list[int]]]:
    """A round of the group, through the bytes; the first of them leads."""
    told = {name: Metadata.decode(each.metadata(TOPICS).encode()) for name, each in members.items()}
    leader = next(iter(members.values()))
    shares = leader.assign(Cluster(), told)
    for name, each in members.items():
        each.on_assignment(Assignment.decode(shares[name].encode()))
    return {name: dict(share.assignment) for name, share in shares.items()}


def worker(folder: Path, number: int) -> StickyAssignor:
    """A process that starts with what the last one in its place has left."""
    return StickyAssignor(folder / f"worker-{number}" / "held.json")


def test_partitions_of_both_topics_are_shared_evenly(tmp_path: Path) -> None:
    group = {f"{number}": worker(tmp_path, number) for number in range(3)}
    assert joined(group) == {
        "0": {"interactions": [0, 1]},
        "1": {"interactions": [2], "rejections": [0]},
        "2": {"interactions": [3]},
    }


def test_all_restarted_under_other_member_ids_each_gets_its_own_back(tmp_path: Path) -> None:
    before = joined({f"{number}": worker(tmp_path, number) for number in range(3)})
    now = joined({f"{9 - number}": worker(tmp_path, number) for number in range(3)})
    assert now == {"9": before["0"], "8": before["1"], "7": before["2"]}


def test_a_worker_that_slept_through_rounds_claims_less_than_those_who_were_there(
    tmp_path: Path,
) -> None:
    first, second, third = (worker(tmp_path, number) for number in range(3))
    joined({"b": first, "c": second})
    assert joined({"c": second}) == {"c": {"interactions": [0, 1, 2, 3], "rejections": [0]}}
    assert joined({"c": second, "d": third}) == {
        "c": {"interactions": [0, 1], "rejections": [0]},
        "d": {"interactions": [2, 3]},
    }
    assert joined({"b": first, "c": second, "d": third}) == {
        "b": {"interactions": [1]},
        "c": {"interactions": [0], "rejections": [0]},
        "d": {"interactions": [2, 3]},
    }


def test_a_leader_of_an_older_version_reads_what_members_tell(tmp_path: Path) -> None:
    told = {"a": worker(tmp_path, 0).metadata(TOPICS), "b": worker(tmp_path, 1).metadata(TOPICS)}
    found = RoundRobinPartitionAssignor.assign(Cluster(), told)
    assert {name: dict(each.assignment) for name, each in found.items()} == {
        "a": {"interactions": [0, 2], "rejections": [0]},
        "b": {"interactions": [1, 3]},
    }
    assert StickyAssignor.name == RoundRobinPartitionAssignor.name


def test_members_of_an_older_version_tell_nothing_and_the_others_keep_theirs(
    tmp_path: Path,
) -> None:
    ours = worker(tmp_path, 0)
    ours.on_assignment(Assignment(0, [("interactions", [1, 3])], b""))
    told = {
        "a": RoundRobinPartitionAssignor.metadata(TOPICS),
        "b": Metadata.decode(ours.metadata(TOPICS).encode()),
    }
    found = ours.assign(Cluster(), told)
    assert dict(found["b"].assignment)["interactions"] == [1, 3]


@pytest.mark.parametrize("left", [b"", b"\xff", b"[]", b'{"round":"x"}'])
def test_a_file_that_says_nothing_claims_nothing(tmp_path: Path, left: bytes) -> None:
    file = tmp_path / "held.json"
    file.write_bytes(left)
    told = StickyAssignor(file).metadata(TOPICS)
    assert told.user_data == StickyAssignor(tmp_path / "none").metadata(TOPICS).user_data


def test_a_file_that_cannot_be_written_is_no_reason_to_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    StickyAssignor(tmp_path / "file" / "held.json").on_assignment(Assignment(0, [], b""))
    assert "expected to be written" in caplog.text


def test_nobody_gets_partitions_of_a_topic_that_it_does_not_read() -> None:
    sharers = {"a": Sharer({"x"}), "b": Sharer({"x", "y"}, Held(1, {"x": [0, 1]}))}
    assert share_out(sharers, {"x": range(2), "y": range(2), "z": range(1)}) == {
        "a": {"x": [1]},
        "b": {"x": [0], "y": [0, 1]},
    }
