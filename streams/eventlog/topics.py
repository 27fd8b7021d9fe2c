"""Topics: creates the declared ones that are missing; one with other partitions is refused.

Never altered: a key's place depends on the number of partitions, another number would tear
visitors apart.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from streams.eventlog.admin import administer
from streams.settings import Settings
from streams.topics import Topic, declared_topics

REPLICATION = -1  # the broker's default.replication.factor


class TopicError(RuntimeError):
    """A topic exists that is not the declared one."""


class LiveTopic(NamedTuple):
    """A topic as the broker has it."""

    partitions: int
    config: dict[str, str]


def apply_topics(settings: Settings) -> list[str]:
    """Create what is missing; one line for each topic created or with another configuration."""
    with administer(settings) as admin:
        live = live_topics(admin)
        refuse_other_partitions(declared_topics(), live)
        missing = [topic for topic in declared_topics() if topic.name not in live]
        if missing:
            _create(admin, missing)
    created = [f"created topic {topic.name}, {topic.partitions} partitions" for topic in missing]
    return created + config_drift(declared_topics(), live)


def live_topics(admin: KafkaAdminClient) -> dict[str, LiveTopic]:
    """The declared topics that exist, by name, with their whole configuration."""
    names = {topic.name for topic in declared_topics()}
    found = {
        topic["name"]: len(topic["partitions"])
        for topic in admin.describe_topics()
        if topic["name"] in names
    }
    if not found:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in found]
    configs = admin.describe_configs(asked, config_filter="all")["topic"]
    return {
        name: LiveTopic(partitions, _values(configs[name])) for name, partitions in found.items()
    }


def refuse_other_partitions(declared: Iterable[Topic], live: dict[str, LiveTopic]) -> None:
    """TopicError for the first live topic whose partitions are not as declared."""
    for topic in declared:
        if topic.name in live and live[topic.name].partitions != topic.partitions:
            raise TopicError(
                f"topic {topic.name}: expected {topic.partitions} partitions, found "
                f"{live[topic.name].partitions}. Partitions are never altered, since a visitor's "
                "place depends on them: replay it into a new topic, or declare the number found"
            )


def config_drift(declared: Iterable[Topic], live: dict[str, LiveTopic]) -> list[str]:
    """One line for each declared setting that the live topic has otherwise."""
    return [
        f"topic {topic.name}: {key} is {live[topic.name].config.get(key)}, declared {value}"
        for topic in declared
        if topic.name in live
        for key, value in topic.config.items()
        if live[topic.name].config.get(key) != str(value)
    ]


def _create(admin: KafkaAdminClient, topics: Iterable[Topic]) -> None:
    wanted = {
        topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": REPLICATION,
            "configs": {key: str(value) for key, value in topic.config.items()},
        }
        for topic in topics
    }
    admin.create_topics(wanted, wait_for_metadata=True)


def _values(config: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {key: str(entry["value"]) for key, entry in config.items()}
