"""Guard: a topic that was made anew is told, also while another declared topic is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streams.eventlog.guard import refusals
from streams.eventlog.identity import known_as, remember
from streams.settings import Settings
from streams.topics import INTERACTIONS, declared_topics


class Broker:
    """Has the topic of interactions alone, under this id."""

    def __init__(self, topic_id: str) -> None:
        self._topic_id = topic_id

    def describe_topics(self) -> list[dict[str, Any]]:
        """As kafka-python describes them."""
        (topic,) = [each for each in declared_topics() if each.name == INTERACTIONS]
        partitions: list[Any] = [{}] * topic.partitions
        return [{"name": INTERACTIONS, "topic_id": self._topic_id, "partitions": partitions}]


@pytest.mark.parametrize(("topic_id", "told"), [("a1", 0), ("a2", 1)])
def test_a_topic_made_anew_is_told_while_another_one_is_missing(
    tmp_path: Path, topic_id: str, told: int
) -> None:
    remember(tmp_path, known_as(Settings(), {INTERACTIONS: "a1", "rejections": "b1"}))
    found = list(refusals(Broker(topic_id), Settings(), tmp_path))
    assert ["it was deleted and made anew" in text for text in found] == [True] * told
