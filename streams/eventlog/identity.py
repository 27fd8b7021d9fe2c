"""Identity: the ids of the topics that a worker has folded, kept in its state folder.

A topic that was deleted and made anew has the same name and other records at the same offsets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from streams.eventlog.extents import ANOTHER
from streams.eventlog.offsets import FOLDED
from streams.settings import Settings

FILE = "topics.json"


class Known(msgspec.Struct, frozen=True):
    """Topics by name as they were when this group filled this database."""

    group: str
    database: str
    epoch: int
    topics: dict[str, str]


def topic_ids(topics: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The broker's ids of the topics that workers fold, among these as it describes them."""
    return {topic["name"]: str(topic["topic_id"]) for topic in topics if topic["name"] in FOLDED}


def recall(folder: Path) -> Known | None:
    """What was kept; None: nothing yet, or nothing that can be read."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Known)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def known_as(settings: Settings, topics: Mapping[str, str]) -> Known:
    """These topics, as folded under these settings."""
    return Known(settings.kafka_group, settings.clickhouse_database, settings.epoch, dict(topics))


def remember(folder: Path, known: Known) -> None:
    """Keep it; a reader sees the old file or the new one."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / (FILE + ".partial")
    partial.write_bytes(msgspec.json.encode(known))
    partial.replace(folder / FILE)


def is_same_place(before: Known, now: Known) -> bool:
    """Whether the same group fills the same database under the same epoch."""
    return before == msgspec.structs.replace(now, topics=before.topics)


def merged(before: Known | None, now: Known) -> Known:
    """What is there now, and what was there before: a topic that is away is not forgotten."""
    if before is None or not is_same_place(before, now):
        return now
    return msgspec.structs.replace(now, topics=before.topics | now.topics)


def recreated_texts(before: Known | None, now: Known) -> Iterator[str]:
    """What to tell of topics that are others than before; another database knows none."""
    if before is None or not is_same_place(before, now):
        return
    for name, topic_id in sorted(now.topics.items()):
        known = before.topics.get(name, topic_id)
        if known != topic_id:
            yield (
                f"topic {name}: expected the topic with id {known}, which was folded before, found "
                f"{topic_id}: it was deleted and made anew. {ANOTHER}"
            )
