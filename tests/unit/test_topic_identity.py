"""Identity: a topic that was deleted and made anew is another one, whatever its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.eventlog.identity import (
    ANOTHER,
    FILE,
    known_as,
    merged,
    recall,
    recreated_texts,
    remember,
)
from streams.settings import Settings

BEFORE = known_as(Settings(), {"interactions": "a1", "rejections": "b1"})


def test_what_is_remembered_is_recalled(tmp_path: Path) -> None:
    remember(tmp_path / "state", BEFORE)
    assert recall(tmp_path / "state") == BEFORE


def test_nothing_is_recalled_where_nothing_was_kept_or_can_be_read(tmp_path: Path) -> None:
    assert recall(tmp_path) is None
    (tmp_path / FILE).write_text('{"group": ')
    assert recall(tmp_path) is None


def test_the_same_topics_are_no_reason() -> None:
    assert list(recreated_texts(BEFORE, BEFORE)) == []


def test_a_worker_without_a_memory_takes_the_topics_as_they_are() -> None:
    assert list(recreated_texts(None, BEFORE)) == []


def test_a_topic_with_another_id_was_made_anew() -> None:
    now = known_as(Settings(), {"interactions": "a2", "rejections": "b1"})
    assert list(recreated_texts(BEFORE, now)) == [
        "topic interactions: expected the topic with id a1, which was folded before, found a2: it"
        f" was deleted and made anew. {ANOTHER}"
    ]


def test_a_topic_that_is_away_is_not_forgotten() -> None:
    away = known_as(Settings(), {"rejections": "b1"})
    assert merged(BEFORE, away) == BEFORE
    assert merged(away, BEFORE) == BEFORE
    assert merged(None, away) == away


def test_another_database_remembers_its_own_topics_alone() -> None:
    other = known_as(Settings(clickhouse_database="second"), {"rejections": "b2"})
    assert merged(BEFORE, other) == other


@pytest.mark.parametrize(
    "other",
    [
        Settings(kafka_group="second"),
        Settings(clickhouse_database="second"),
        Settings(epoch=2),
    ],
)
def test_another_group_database_or_epoch_begins_with_what_there_is(other: Settings) -> None:
    now = known_as(other, {"interactions": "a2"})
    assert list(recreated_texts(BEFORE, now)) == []
