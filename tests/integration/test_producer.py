"""The producer on a real broker: acknowledged is in the topic, keys go where others put them."""

from __future__ import annotations

import threading

import pytest
from kafka.partitioner.default import murmur2

from streams.eventlog.producer import UNACKNOWLEDGED_MAX, Producer
from streams.eventlog.reading import read_topic
from streams.ports.eventlog import Backpressure
from streams.settings import Settings
from streams.topics import INTERACTIONS, REJECTIONS

pytestmark = pytest.mark.integration

NOBODY = Settings(kafka_bootstrap="127.0.0.1:1")


def test_acknowledged_records_are_in_the_topic_in_their_order(settings: Settings) -> None:
    producer = Producer(settings)
    errors: list[str | None] = []
    values = [b"producer-%d" % number for number in range(1_000)]

    for value in values:
        producer.publish(REJECTIONS, None, value, [("tenant", b"t-producer")], errors.append)
    missing = producer.flush(30)
    producer.close()

    kept = [
        each.value
        for each in read_topic(settings, REJECTIONS)
        if ("tenant", b"t-producer") in each.headers
    ]
    assert (missing, errors) == (0, [None] * 1_000)
    assert kept == values


def test_a_key_goes_to_the_partition_where_other_clients_put_it(settings: Settings) -> None:
    producer = Producer(settings)
    keys = {b"t-murmur/v%d" % number for number in range(200)}
    for key in keys:
        producer.publish(INTERACTIONS, key, b"{}", (), lambda _: None)
    producer.close()

    places = {each.key: each.partition for each in read_topic(settings, INTERACTIONS)}
    assert {key: places[key] for key in keys} == {
        key: (murmur2(key) & 0x7FFFFFFF) % 4 for key in keys
    }


def test_acknowledgements_come_without_asking(settings: Settings) -> None:
    producer = Producer(settings)
    came = threading.Event()

    producer.publish(REJECTIONS, None, b"", [("tenant", b"t-thread")], lambda _: came.set())

    assert came.wait(30)
    producer.close()


def test_a_polled_producer_acknowledges_in_the_callers_thread(settings: Settings) -> None:
    producer = Producer(settings, polled=True)
    threads: list[int] = []

    producer.publish(
        REJECTIONS,
        None,
        b"",
        [("tenant", b"t-polled")],
        lambda _: threads.append(threading.get_ident()),
    )
    while producer.waiting():
        producer.poll(0.1)
    producer.close()

    assert threads == [threading.get_ident()]


def test_a_record_beyond_the_brokers_limit_is_an_error_and_no_exception(settings: Settings) -> None:
    producer = Producer(settings)
    errors: list[str | None] = []

    producer.publish(INTERACTIONS, b"k", b"x" * 2_000_000, (), errors.append)
    producer.close()

    (error,) = errors
    assert "Message size too large" in str(error)


def test_without_a_broker_a_record_is_an_error_in_time() -> None:
    producer = Producer(NOBODY, delivery_timeout_s=1.0)
    errors: list[str | None] = []

    producer.publish(INTERACTIONS, b"k", b"x", (), errors.append)
    missing = producer.flush(20)
    producer.close()

    assert (missing, errors) == (0, ["Local: Message timed out"])
    assert not producer.reachable(0.2)


def test_a_full_queue_is_backpressure_and_publishes_nothing_more() -> None:
    producer = Producer(NOBODY, delivery_timeout_s=5.0)
    errors: list[str | None] = []
    handed_over = 0

    with pytest.raises(Backpressure) as full:
        for _ in range(UNACKNOWLEDGED_MAX + 1):
            producer.publish(INTERACTIONS, b"k", b"x", (), errors.append)
            handed_over += 1
    producer.close()

    assert full.value.retry_after_s == 1.0
    assert handed_over == UNACKNOWLEDGED_MAX == len(errors)
