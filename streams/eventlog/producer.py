"""Producer: the event log on Kafka; every record is replicated and in order, once, or refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka import Producer as KafkaProducer

from streams.ports.eventlog import Acknowledged, Backpressure, Headers, LogFailed, Misfit, Refused
from streams.settings import Settings

UNACKNOWLEDGED_MAX: Final = 100_000
RETRY_AFTER_S: Final = 1.0
CLOSE_S: Final = 10.0
REFUSED: Final = frozenset(
    {
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._UNKNOWN_PARTITION,
        KafkaError.TOPIC_EXCEPTION,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.POLICY_VIOLATION,
    }
)
MISFIT: Final = frozenset(  # of the batch that the client put a record into
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_RECORD,
        KafkaError.INVALID_TIMESTAMP,
    }
)

Delivered = Callable[[KafkaError | None, object], None]


class Producer:
    """An idempotent producer (acks=all) whose partitioner agrees with Java's clients.

    Acknowledgements come from a thread of its own, or, with `polled`, from whoever calls `poll`:
    an event loop that polls needs no hand-over between threads.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        delivery_timeout_s: float = 120.0,
        linger_ms: float = 5.0,
        polled: bool = False,
    ) -> None:
        self._producer = KafkaProducer(
            {
                "bootstrap.servers": settings.kafka_bootstrap,
                "client.id": "stepthree",
                "acks": "all",
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "compression.type": "lz4",
                "linger.ms": linger_ms,
                "queue.buffering.max.messages": UNACKNOWLEDGED_MAX,
                "queue.buffering.max.kbytes": 131_072,
                "message.timeout.ms": int(delivery_timeout_s * 1000),
                "reconnect.backoff.max.ms": 1_000,
                "log_level": 2,  # a broker away shows in the acknowledgements, once per record
            }
        )
        self._last: tuple[Acknowledged | None, Delivered | None] = (None, None)
        self._closing = threading.Event()
        self._thread = None if polled else self._start_polling()

    def publish(
        self,
        topic: str,
        key: bytes | None,
        value: bytes,
        headers: Headers,
        acknowledged: Acknowledged,
    ) -> None:
        """Hand one record over, see `EventLog.publish`.

        Records that share an `acknowledged` cost 2 us less each (docs/decisions/0004).
        """
        last = self._last
        if last[0] != acknowledged:  # a method is another object each time it is named, yet equal
            last = self._last = (acknowledged, _delivered(acknowledged))
        try:
            if headers:
                self._producer.produce(
                    topic, value, key, on_delivery=last[1], headers=list(headers)
                )
            else:
                self._producer.produce(topic, value, key, on_delivery=last[1])
        except BufferError:
            raise Backpressure(RETRY_AFTER_S) from None
        except KafkaException as error:
            reason: KafkaError = error.args[0]
            if reason.fatal():
                raise LogFailed(reason.str()) from error
            acknowledged(error_of(reason.code(), reason.str()))

    def poll(self, timeout_s: float = 0.0) -> int:
        """Deliver the acknowledgements that have come; how many."""
        return int(self._producer.poll(timeout_s))

    def waiting(self) -> int:
        """Records not yet acknowledged, and acknowledgements not yet delivered."""
        return len(self._producer)

    def flush(self, timeout_s: float) -> int:
        """Send without lingering and wait for all acknowledgements; how many are missing."""
        return int(self._producer.flush(timeout_s))

    def reachable(self, timeout_s: float) -> bool:
        """Whether a broker answers in time; blocks."""
        try:
            return bool(self._producer.list_topics(timeout=timeout_s).brokers)
        except KafkaException:
            return False

    def close(self) -> None:
        """Flush for at most 10 s; records still unacknowledged then get an error."""
        if self.flush(CLOSE_S):
            self._producer.purge()
            self.flush(1.0)
        self._closing.set()
        if self._thread:
            self._thread.join()

    def _start_polling(self) -> threading.Thread:
        thread = threading.Thread(target=self._poll_until_closed, name="producer", daemon=True)
        thread.start()
        return thread

    def _poll_until_closed(self) -> None:
        while not self._closing.is_set():
            self.poll(0.1)


def error_of(code: int, text: str) -> str:
    """The acknowledgement's error for one of the client; away until known to be a refusal."""
    if code in MISFIT:
        return Misfit(text)
    return Refused(text) if code in REFUSED else text


def _delivered(acknowledged: Acknowledged) -> Delivered:
    """The client's callback for ours; made once for records that share it."""

    def delivered(error: KafkaError | None, _: object) -> None:
        acknowledged(None if error is None else error_of(error.code(), error.str()))

    return delivered
