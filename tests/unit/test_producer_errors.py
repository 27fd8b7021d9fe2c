"""Errors of the producer: what stays until somebody mends it is told from what passes by itself."""

import pytest
from confluent_kafka import KafkaError

from streams.eventlog.producer import Producer, error_of
from streams.ports.eventlog import Misfit, Refused
from streams.settings import Settings

NOBODY = Settings(kafka_bootstrap="127.0.0.1:1")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (KafkaError.MSG_SIZE_TOO_LARGE, Misfit),
        (KafkaError.INVALID_RECORD, Misfit),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, Refused),
        (KafkaError._UNKNOWN_TOPIC, Refused),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, Refused),
        (KafkaError.CLUSTER_AUTHORIZATION_FAILED, Refused),
        (KafkaError._MSG_TIMED_OUT, str),
        (KafkaError._TRANSPORT, str),
        (KafkaError.NOT_ENOUGH_REPLICAS, str),
        (KafkaError.NOT_LEADER_FOR_PARTITION, str),
    ],
)
def test_an_error_says_whether_it_may_pass(code: int, kind: type[str]) -> None:
    assert type(error_of(code, "text")) is kind


def test_a_record_beyond_what_the_client_sends_is_a_misfit() -> None:
    producer, errors = Producer(NOBODY, delivery_timeout_s=0.1), list[str | None]()

    producer.publish("interactions", None, bytes(2_000_000), (), errors.append)
    producer.close()

    assert [type(error) for error in errors] == [Misfit]


def test_a_broker_that_is_away_is_no_refusal() -> None:
    producer, errors = Producer(NOBODY, delivery_timeout_s=0.1), list[str | None]()

    producer.publish("interactions", None, b"{}", (), errors.append)
    producer.close()

    assert [type(error) for error in errors] == [str]
