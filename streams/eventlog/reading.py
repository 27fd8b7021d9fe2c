"""Reading: a whole topic from its beginning to where it ends now, without a consumer group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from streams.eventlog.admin import BrokerError
from streams.settings import Settings

ANSWER_MS: Final = 10_000
POLL_MS: Final = 500


class LogRecord(NamedTuple):
    """One record as it stands in a topic; the timestamp is when the broker appended it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: tuple[tuple[str, bytes], ...]


def read_topic(settings: Settings, topic: str) -> Iterator[LogRecord]:
    """Every record that is there now, each partition's in the order of its offsets."""
    consumer = open_reader(settings)
    try:
        yield from _records(consumer, topic)
    finally:
        consumer.close()


def open_reader(settings: Settings) -> KafkaConsumer:
    """A consumer of no group. Raises BrokerError."""
    try:
        return KafkaConsumer(
            bootstrap_servers=settings.kafka_bootstrap,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            bootstrap_timeout_ms=ANSWER_MS,
        )
    except KafkaError as error:
        raise BrokerError(no_broker(settings)) from error


def no_broker(settings: Settings) -> str:
    """What to say when nobody answers."""
    return (
        f"expected a Kafka broker at {settings.kafka_bootstrap}, found none that answers: "
        "start one with `stepthree up`, or set STEPTHREE_KAFKA_BOOTSTRAP"
    )


def _records(consumer: KafkaConsumer, topic: str) -> Iterator[LogRecord]:
    numbers = consumer.partitions_for_topic(topic)
    if not numbers:
        raise BrokerError(f"expected the topic {topic}, found none: run `stepthree topics apply`")
    places = [TopicPartition(topic, number) for number in sorted(numbers)]
    consumer.assign(places)
    consumer.seek_to_beginning(*places)
    ends = consumer.end_offsets(places)
    while any(consumer.position(place) < ends[place] for place in places):
        for place, records in consumer.poll(timeout_ms=POLL_MS).items():
            for record in records:
                if record.offset < ends[place]:
                    yield log_record(record)


def log_record(found: Any) -> LogRecord:
    """A record as kafka-python hands it out."""
    return LogRecord(
        topic=found.topic,
        partition=found.partition,
        offset=found.offset,
        key=found.key,
        value=found.value,
        timestamp_ms=found.timestamp,
        headers=tuple((name, value or b"") for name, value in found.headers),
    )
