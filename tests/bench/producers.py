"""Producers: kafka-python against confluent-kafka, acks=all and idempotent (docs/decisions/0004).

`taskset -c 1 python tests/bench/producers.py --bootstrap HOST:PORT --topic NAME`
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable

import click
import confluent_kafka
import kafka

VALUE = json.dumps(
    {
        "event_id": "0194f2c8-7c1e-7b1e-9a53-0123456789ab",
        "tenant": "acme",
        "campaign": "spring-petition",
        "visitor": "v1234567",
        "stage": "visit",
        "kind": "page_view",
        "occurred_at": 1790000000000,
        "sent_at": 1790000000100,
        "received_at": 1790000000200,
        "source": "web",
        "channel": {"source": "newsletter", "medium": "email", "campaign": "spring"},
        "page": "https://example.org/petition/save-the-river?utm_source=newsletter",
        "referrer": "https://mail.example.com/",
        "share_token": "tok12345",
        "consent": "granted",
    },
    separators=(",", ":"),
).encode()
KEYS = [b"acme/v%06d" % number for number in range(10_000)]

Run = Callable[[int], int]


def kafka_python(bootstrap: str, topic: str) -> Run:
    """Publish with kafka-python; how many were acknowledged."""
    producer = kafka.KafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        batch_size=131_072,
    )

    def run(count: int) -> int:
        futures = [producer.send(topic, VALUE, KEYS[n % 10_000]) for n in range(count)]
        producer.flush()
        return sum(future.succeeded() for future in futures)

    return run


def confluent(bootstrap: str, topic: str, compression: str) -> Run:
    """Publish with confluent-kafka; how many were acknowledged."""
    producer = confluent_kafka.Producer(
        {
            "bootstrap.servers": bootstrap,
            "acks": "all",
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "linger.ms": 5,
            "compression.type": compression,
        }
    )

    def run(count: int) -> int:
        acknowledged = 0

        def delivered(error: object, _: object) -> None:
            nonlocal acknowledged
            acknowledged += error is None

        for number in range(count):
            try:
                producer.produce(topic, VALUE, KEYS[number % 10_000], on_delivery=delivered)
            except BufferError:
                producer.poll(0.1)
                producer.produce(topic, VALUE, KEYS[number % 10_000], on_delivery=delivered)
            if not number & 63:
                producer.poll(0)
        producer.flush()
        return acknowledged

    return run


def measure(name: str, run: Run, count: int) -> dict[str, float | str]:
    """Records per second and CPU microseconds per record; every record must be acknowledged."""
    run(2_000)
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    acknowledged = run(count)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    if acknowledged != count:
        raise SystemExit(f"{name}: expected {count} acknowledgements, found {acknowledged}")
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    row = {"per_s": round(count / seconds), "cpu_us": round(cpu_s / count * 1e6, 2)}
    click.echo(f"{name:20} {row['per_s']:>10,} records/s {row['cpu_us']:>8} us CPU/record")
    return {"client": name, **row}


@click.command()
@click.option("--bootstrap", required=True)
@click.option("--topic", required=True, help="an existing topic that may be filled")
def main(bootstrap: str, topic: str) -> None:
    """Measure both clients on a running broker."""
    rows = [
        measure("kafka-python", kafka_python(bootstrap, topic), 40_000),
        measure("confluent-kafka", confluent(bootstrap, topic, "none"), 400_000),
        measure("confluent-kafka lz4", confluent(bootstrap, topic, "lz4"), 400_000),
    ]
    click.echo(json.dumps({"bench": "producers", "rows": rows}))


if __name__ == "__main__":
    main()
