"""Topics, schemas and examples belong together: nothing declared is without its counterpart."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from streams import topics
from streams.topics import SCHEMAS, Topic, declared_topics

EVENTS = SCHEMAS / "events"
EXAMPLES = SCHEMAS / "examples"
SUFFIX = ".schema.json"


def schema_names() -> set[str]:
    """The schemas' names with their version: `interaction.v1`."""
    return {file.name.removesuffix(SUFFIX) for file in EVENTS.glob(f"*{SUFFIX}")}


def example_folders() -> Iterator[Path]:
    yield from sorted(folder for folder in EXAMPLES.iterdir() if folder.is_dir())


def test_the_names_in_the_code_are_the_declared_ones() -> None:
    named = {topics.INTERACTIONS, topics.REJECTIONS, topics.CAMPAIGNS}
    assert {topic.name for topic in declared_topics()} == named


@pytest.mark.parametrize("topic", declared_topics(), ids=lambda topic: topic.name)
def test_a_topic_is_declared_in_the_file_of_its_name(topic: Topic) -> None:
    file = SCHEMAS / "topics" / f"{topic.name}.yaml"
    assert yaml.safe_load(file.read_text())["name"] == topic.name


@pytest.mark.parametrize("topic", declared_topics(), ids=lambda topic: topic.name)
def test_a_topics_schema_exists(topic: Topic) -> None:
    assert topic.schema is None or (EVENTS / topic.schema).is_file()


def test_no_schema_is_without_a_topic() -> None:
    used = {topic.schema for topic in declared_topics() if topic.schema}
    assert {f"{name}{SUFFIX}" for name in schema_names()} == used


def test_every_schema_has_valid_and_invalid_examples() -> None:
    missing = [
        f"{name}/{kind}"
        for name in sorted(schema_names())
        for kind in ("valid", "invalid")
        if not any((EXAMPLES / name / kind).glob("*"))
    ]
    assert missing == []


def test_no_example_is_outside_valid_and_invalid() -> None:
    kinds = {
        f"{folder.name}/{inside.name}"
        for folder in example_folders()
        for inside in folder.iterdir()
    }
    assert {name.partition("/")[2] for name in kinds} <= {"valid", "invalid"}


def test_no_version_of_a_campaign_is_ever_dropped() -> None:
    (campaigns,) = (topic for topic in declared_topics() if topic.name == "campaigns")
    assert campaigns.config["cleanup.policy"] == "delete"
    assert campaigns.config["retention.ms"] == -1
