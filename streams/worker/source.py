"""Source: which log, group and database a state stands for; another's offsets say nothing of it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from streams.eventlog.identity import is_same_place, known_as, recall
from streams.settings import Settings


class Source(msgspec.Struct, frozen=True):
    """The group that folded the topic, the database that has the facts; no id: not known."""

    group: str = ""
    database: str = ""
    topic_id: str = ""

    def is_other(self, found: Source) -> bool:
        """Whether files of `found` are of no use here; a topic whose id is not known may be any."""
        if (self.group, self.database) != (found.group, found.database):
            return True
        return bool(self.topic_id and found.topic_id) and self.topic_id != found.topic_id


NO_SOURCE = Source()
SourceOf = Callable[[str], Source]


def no_source(_topic: str) -> Source:
    """Of no group and no database."""
    return NO_SOURCE


def source_of(settings: Settings, topic: str) -> Source:
    """As the settings say, with the topic's id where the guard has kept it."""
    known = recall(settings.store_folder)
    found = known and is_same_place(known, known_as(settings, {})) and known.topics.get(topic)
    return Source(settings.kafka_group, settings.clickhouse_database, found or "")
