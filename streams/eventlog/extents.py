"""Extents: from where to where each partition's log goes, and whether the group's place is inside.

Below the committed offset all is in ClickHouse. So a log may begin anywhere up to there. Beginning
later it has lost records that were never folded; ending earlier it is another log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from kafka import KafkaAdminClient
from kafka.protocol.consumer import OffsetSpec

from streams.eventlog.admin import with_coordinator
from streams.eventlog.offsets import folded_partitions

ANOTHER: Final = (
    "New records at old places would be taken for old ones: begin with another "
    "STEPTHREE_CLICKHOUSE_DATABASE and STEPTHREE_KAFKA_GROUP, an empty STEPTHREE_WORKER_STORE and "
    "another STEPTHREE_STATE_URL where one is set (docs/operating.md)"
)


class Extent(NamedTuple):
    """A partition's log: [begin, end), and the group's committed offset; None: it has none."""

    topic: str
    partition: int
    begin: int
    end: int
    committed: int | None

    @property
    def is_cut(self) -> bool:
        """Whether records were deleted that nobody had folded."""
        return self.committed is not None and self.committed < self.begin

    @property
    def is_shorter(self) -> bool:
        """Whether it ends before what was folded of it."""
        return self.committed is not None and self.committed > self.end


def extents(admin: KafkaAdminClient, group: str) -> tuple[Extent, ...]:
    """Of the partitions that workers fold; commits are asked first, since logs only grow."""
    asked = folded_partitions()
    committed = with_coordinator(lambda: admin.list_group_offsets({group: asked}))[group]
    starts = admin.list_partition_offsets(dict.fromkeys(asked, OffsetSpec.EARLIEST))
    ends = admin.list_partition_offsets(dict.fromkeys(asked, OffsetSpec.LATEST))
    offsets = {each: found.offset for each, found in committed.items() if found.offset >= 0}
    return tuple(
        Extent(
            each.topic,
            each.partition,
            starts[each].offset,
            ends[each].offset,
            offsets.get(each),
        )
        for each in asked
    )


def cut_texts(found: Iterable[Extent]) -> Iterator[str]:
    """What to tell of logs that lost records before they were folded."""
    for each in found:
        if each.is_cut and each.committed is not None:
            yield cut_text(each.topic, each.partition, each.committed, each.begin)


def shorter_texts(found: Iterable[Extent]) -> Iterator[str]:
    """What to tell of logs that end before what was folded of them."""
    for each in found:
        if each.is_shorter and each.committed is not None:
            yield shorter_text(each.topic, each.partition, each.committed, each.end)


def cut_text(topic: str, partition: int, begin: int, end: int) -> str:
    """Records [begin, end) were deleted before they were folded."""
    return (
        f"{topic}[{partition}]: expected the records from offset {begin} on, found a log that "
        f"begins at {end}: {end - begin} were deleted before they were folded. "
        "`stepthree worker --accept-loss` goes on without them"
    )


def shorter_text(topic: str, partition: int, settled: int, end: int) -> str:
    """The log is not the one that was folded."""
    return (
        f"{topic}[{partition}]: expected a log that reaches offset {settled}, up to which all is "
        f"folded, found one that ends at {end}: the topic was made anew, or cut short. {ANOTHER}"
    )


def stateless_text(topic: str, partition: int, offset: int, begin: int) -> str:
    """The state of records [offset, begin) is lost, and the log has them no more."""
    return (
        f"{topic}[{partition}]: expected a state of the records below offset {begin}, where the "
        f"log begins, found one that stands at {offset}: visitors who came before would begin "
        "anew, beside what the tables have of them. Let STEPTHREE_STATE_URL name where a "
        "checkpoint is; or `stepthree worker --accept-loss` goes on without that state"
    )
