"""Admin: a short connection to the broker for questions about topics, groups and offsets."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from kafka import KafkaAdminClient
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    KafkaError,
    NotCoordinatorError,
)

from streams.clock import monotonic_s
from streams.settings import Settings

CONNECT_S = 5
COORDINATOR_S = 15.0
LOOK_AGAIN_S = 0.1
NO_COORDINATOR = (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,  # a new broker's first question creates the offsets topic
    NotCoordinatorError,
)

Answer = TypeVar("Answer")


class BrokerError(RuntimeError):
    """The broker did not answer or refused; the text names its address."""


@contextmanager
def administer(settings: Settings) -> Iterator[KafkaAdminClient]:
    """kafka-python's admin client; whatever it raises becomes a BrokerError."""
    where = settings.kafka_bootstrap
    try:
        client = KafkaAdminClient(
            bootstrap_servers=where.split(","),
            bootstrap_timeout_ms=CONNECT_S * 1_000,
            client_id="stepthree-admin",
        )
    except KafkaError as error:
        raise BrokerError(
            f"no Kafka broker answers at {where} ({type(error).__name__}): "
            "is it running, and is STEPTHREE_KAFKA_BOOTSTRAP its address?"
        ) from error
    try:
        yield client
    except KafkaError as error:
        raise BrokerError(f"Kafka at {where}: {type(error).__name__}: {error}") from error
    finally:
        client.close()


def with_coordinator(ask: Callable[[], Answer]) -> Answer:
    """Ask the group's coordinator, again while there is none yet, at most `COORDINATOR_S`."""
    started_s = monotonic_s()
    while True:
        try:
            return ask()
        except NO_COORDINATOR:
            if monotonic_s() - started_s > COORDINATOR_S:
                raise
            time.sleep(LOOK_AGAIN_S)
