"""Guard: what a worker asks of the log before it folds a record of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kafka import KafkaAdminClient

from streams.clock import monotonic_s
from streams.eventlog.admin import BrokerError, administer
from streams.eventlog.extents import cut_texts, extents, shorter_texts
from streams.eventlog.identity import (
    known_as,
    merged,
    recall,
    recreated_texts,
    remember,
    topic_ids,
)
from streams.eventlog.topics import LiveTopic, TopicError, refuse_other_partitions
from streams.settings import Settings
from streams.topics import declared_topics

WAIT_S: Final = 60.0
LOOK_AGAIN_S: Final = 1.0
log = logging.getLogger(__name__)


class LogRefusedError(RuntimeError):
    """The log is not the one that was folded, or has lost what was not; the text says more."""


def check_log(settings: Settings, *, accept_loss: bool = False, wait_s: float = WAIT_S) -> None:
    """Raise LogRefusedError for a log that must not be folded, else remember its topics.

    A broker that is away is waited for: BrokerError after `wait_s`. `accept_loss`: records that
    were deleted before they were folded are no reason.
    """
    began_s = monotonic_s()
    while True:
        try:
            _check(settings, accept_loss)
        except BrokerError as error:
            if monotonic_s() - began_s >= wait_s:
                raise
            log.warning("the log is not checked yet: %s", error)
            time.sleep(LOOK_AGAIN_S)
        else:
            return


def _check(settings: Settings, accept_loss: bool) -> None:
    folder = settings.store_folder
    with administer(settings) as admin:
        if found := list(refusals(admin, settings, folder, accept_loss=accept_loss)):
            raise LogRefusedError("\n".join(found))
        now = known_as(settings, topic_ids(admin.describe_topics()))
        remember(folder, merged(recall(folder), now))


def refusals(
    admin: KafkaAdminClient, settings: Settings, folder: Path, *, accept_loss: bool = False
) -> Iterator[str]:
    """One text for each reason: what was expected, what was found, what to do.

    `folder`: of the state of a worker, which remembers its topics.
    """
    topics = admin.describe_topics()
    live = {topic["name"]: LiveTopic(len(topic["partitions"]), {}) for topic in topics}
    try:
        refuse_other_partitions(declared_topics(), live)
    except TopicError as error:
        yield str(error)
        return
    yield from recreated_texts(recall(folder), known_as(settings, topic_ids(topics)))
    if any(topic.name not in live for topic in declared_topics()):
        return  # nothing can be asked of what is not there
    found = extents(admin, settings.kafka_group)
    yield from shorter_texts(found)
    if not accept_loss:
        yield from cut_texts(found)
