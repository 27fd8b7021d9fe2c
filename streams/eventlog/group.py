"""Group: the workers that share the partitions, as the broker's coordinator knows them."""

from typing import Any, NamedTuple

from kafka import KafkaAdminClient, TopicPartition

from streams.eventlog.admin import administer, with_coordinator
from streams.settings import Settings

ABSENT = ("Empty", "Dead")


class Member(NamedTuple):
    """One worker: its static id, or the coordinator's where it has none, and what it holds."""

    name: str
    partitions: frozenset[TopicPartition]


def members(settings: Settings) -> tuple[Member, ...]:
    """The members of the settings' group; none while they are sharing out the partitions."""
    with administer(settings) as admin:
        return stable_members(admin, settings.kafka_group)


def is_empty(admin: KafkaAdminClient, group: str) -> bool:
    """Is no worker a member? One that died stays a member until its session is over."""
    found = with_coordinator(lambda: admin.describe_groups([group]))[group]
    return found["group_state"] in ABSENT


def stable_members(admin: KafkaAdminClient, group: str) -> tuple[Member, ...]:
    """As `members`, over an open connection."""
    found = with_coordinator(lambda: admin.describe_groups([group]))[group]
    if found["group_state"] != "Stable":
        return ()
    return tuple(_member(member) for member in found["members"])


def _member(found: dict[str, Any]) -> Member:
    assigned = found["member_assignment"]["assigned_partitions"]
    return Member(
        found["group_instance_id"] or found["member_id"],
        frozenset(
            TopicPartition(topic["topic"], number)
            for topic in assigned
            for number in topic["partitions"]
        ),
    )
