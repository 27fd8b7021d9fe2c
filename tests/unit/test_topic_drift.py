"""Topics: what a live topic has otherwise is refused or told."""

import pytest

from streams.eventlog.topics import LiveTopic, TopicError, config_drift, refuse_other_partitions
from streams.topics import Topic

DECLARED = [Topic("interactions", 4, None, {"retention.ms": 1000, "cleanup.policy": "delete"})]
AS_DECLARED = {"retention.ms": "1000", "cleanup.policy": "delete", "segment.ms": "7"}


def test_a_topic_with_other_partitions_is_refused() -> None:
    live = {"interactions": LiveTopic(3, AS_DECLARED)}
    with pytest.raises(TopicError, match="interactions: expected 4 partitions, found 3"):
        refuse_other_partitions(DECLARED, live)


def test_a_topic_that_is_missing_is_no_reason_to_refuse() -> None:
    refuse_other_partitions(DECLARED, {})


def test_a_setting_that_differs_is_told() -> None:
    live = {"interactions": LiveTopic(4, AS_DECLARED | {"retention.ms": "5"})}
    assert config_drift(DECLARED, live) == ["topic interactions: retention.ms is 5, declared 1000"]


def test_settings_that_nobody_declared_are_the_brokers_own() -> None:
    assert config_drift(DECLARED, {"interactions": LiveTopic(4, AS_DECLARED)}) == []
