"""Picking: single records of the log by their places, without a consumer group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from kafka import KafkaConsumer, TopicPartition

from streams.eventlog.reading import POLL_MS, LogRecord, log_record, open_reader
from streams.settings import Settings

SKIP_FROM: Final = 5_000  # records not wanted in between; fewer are read over

Place = tuple[str, int, int]
"""topic, partition, offset"""


def pick_records(settings: Settings, places: Sequence[Place]) -> Iterator[LogRecord]:
    """The records at these places, which are in order; those that the log no longer has are not.

    Raises BrokerError.
    """
    wanted: dict[TopicPartition, list[int]] = {}
    for topic, partition, offset in places:
        wanted.setdefault(TopicPartition(topic, partition), []).append(offset)
    consumer = open_reader(settings)
    try:
        for partition, offsets in wanted.items():
            yield from _of_partition(consumer, partition, offsets)
    finally:
        consumer.close()


def _of_partition(
    consumer: KafkaConsumer, partition: TopicPartition, offsets: Sequence[int]
) -> Iterator[LogRecord]:
    consumer.assign([partition])
    begin = consumer.beginning_offsets([partition])[partition]
    end = consumer.end_offsets([partition])[partition]
    left = [offset for offset in reversed(offsets) if begin <= offset < end]
    position = begin
    while left:
        if position == begin or left[-1] - position > SKIP_FROM:
            consumer.seek(partition, left[-1])
        for record in consumer.poll(timeout_ms=POLL_MS).get(partition, ()):
            while left and left[-1] < record.offset:
                left.pop()  # no record stands there
            if left and left[-1] == record.offset:
                left.pop()
                yield log_record(record)
        position = consumer.position(partition)
        while left and left[-1] < position:
            left.pop()
