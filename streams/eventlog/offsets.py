"""Offsets: how far the workers' group has settled each partition, and how far the partition goes.

A lane commits b only after the facts of all records below b are in ClickHouse. So everything below
the committed offset is visible, and a pending plan in the metadata concerns only what comes after.
"""

from typing import NamedTuple

from kafka import KafkaAdminClient, TopicPartition
from kafka.protocol.consumer import OffsetSpec
from kafka.structs import OffsetAndMetadata

from streams.eventlog.admin import administer, with_coordinator
from streams.settings import Settings
from streams.topics import INTERACTIONS, REJECTIONS, declared_topics

FOLDED = (INTERACTIONS, REJECTIONS)


class Settled(NamedTuple):
    """A partition's state: records below `committed` are in ClickHouse, `end` is exclusive.

    `metadata` is what the lane committed with it: its plan, JSON; empty when nothing is committed.
    """

    topic: str
    partition: int
    committed: int
    end: int
    metadata: str

    @property
    def behind(self) -> int:
        """Records not yet settled."""
        return max(0, self.end - self.committed)


def settled(settings: Settings) -> tuple[Settled, ...]:
    """Every partition that workers fold, in order; BrokerError when the broker does not answer."""
    with administer(settings) as admin:
        return settled_partitions(admin, settings.kafka_group)


def unsettled(settings: Settings) -> tuple[Settled, ...]:
    """The partitions with records that are not yet in ClickHouse."""
    return tuple(state for state in settled(settings) if state.behind)


def settled_partitions(admin: KafkaAdminClient, group: str) -> tuple[Settled, ...]:
    """As `settled`, over an open connection."""
    asked = folded_partitions()
    starts = admin.list_partition_offsets(dict.fromkeys(asked, OffsetSpec.EARLIEST))
    ends = admin.list_partition_offsets(dict.fromkeys(asked, OffsetSpec.LATEST))
    committed = with_coordinator(lambda: admin.list_group_offsets({group: asked}))[group]
    return tuple(
        _state(each, committed.get(each), starts[each].offset, ends[each].offset) for each in asked
    )


def folded_partitions() -> list[TopicPartition]:
    """The partitions of the topics that workers fold, as declared, in order."""
    return [
        TopicPartition(topic.name, number)
        for topic in declared_topics()
        if topic.name in FOLDED
        for number in range(topic.partitions)
    ]


def _state(
    partition: TopicPartition, committed: OffsetAndMetadata | None, start: int, end: int
) -> Settled:
    """Without a commit (offset -1) nothing that the partition still has is settled."""
    if committed is None or committed.offset < 0:
        return Settled(partition.topic, partition.partition, start, end, "")
    return Settled(
        partition.topic, partition.partition, committed.offset, end, committed.metadata or ""
    )
