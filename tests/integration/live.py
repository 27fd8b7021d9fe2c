"""Live: a stack whose workers come and go; its whole log is judged against its tables."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import msgspec
from kafka import TopicPartition

from streams.demo.reference import Record
from streams.demo.verdict import judge
from streams.embedded import programs
from streams.embedded.ports import choose_ports
from streams.embedded.processes import Child, Program
from streams.embedded.stack import Stack
from streams.eventlog.admin import administer
from streams.eventlog.offsets import settled
from streams.eventlog.producer import Producer
from streams.eventlog.settle import settle
from streams.settings import Settings
from streams.topics import INTERACTIONS
from streams.warehouse.client import connect

SETTLED_WITHIN_S = 60.0


@contextmanager
def running_worker(stack: Stack, number: int = 0, **settings: object) -> Iterator[Child]:
    """A worker with settings of its own for the block, unless it is ended before."""
    common = stack.settings
    stack.settings = msgspec.structs.replace(common, **settings)
    worker = stack.start_worker(number)
    stack.settings = common
    try:
        yield worker
    finally:
        if worker.program.name in stack.pids:
            stack.stop(worker.program.name)


def worker_of(settings: Settings, *options: str) -> Program:
    """The command as the stack starts it, with options."""
    program = programs.worker(settings, 0, choose_ports({"health": 0})["health"])
    return dataclasses.replace(program, arguments=(*program.arguments, *options))


def refusal(settings: Settings, *options: str) -> str:
    """What a worker says that ends by itself with exit code 2."""
    program = worker_of(settings, *options)
    ended = subprocess.run(
        program.arguments,
        env=program.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    return ended.stderr


def cut_log(settings: Settings, keep: int) -> None:
    """Delete all but the last `keep` records of each partition, as retention does."""
    with administer(settings) as admin:
        admin.delete_records(
            {
                TopicPartition(it.topic, it.partition): max(0, it.end - keep)
                for it in settled(settings)
                if it.topic == INTERACTIONS
            }
        )


def publish(settings: Settings, records: Iterable[Record], tenant: str = "acme") -> None:
    """Append records to their topics, in order, as another tenant's; all are acknowledged."""
    errors: list[str] = []
    producer = Producer(settings)
    for record in records:
        producer.publish(
            record.topic,
            record.key and record.key.replace(b"acme/", tenant.encode() + b"/"),
            (record.value or b"").replace(b'"acme"', b'"%b"' % tenant.encode()),
            [(name, value.replace(b"acme", tenant.encode())) for name, value in record.headers],
            lambda error: errors.append(error) if error else None,
        )
    assert producer.flush(30) == 0
    producer.close()
    assert errors == []


def event_ids(settings: Settings) -> list[str]:
    """Of all events, sorted."""
    client = connect(settings)
    try:
        found = client.execute("SELECT event_id FROM events ORDER BY event_id")
    finally:
        client.disconnect()
    return [event_id for (event_id,) in found]


def committed(settings: Settings) -> int:
    """How many records of all partitions are settled."""
    return sum(state.committed for state in settled(settings))


def differences_once_settled(settings: Settings) -> tuple[str, ...]:
    """Where the tables differ from what the reference makes of the whole log."""
    settle(settings, SETTLED_WITHIN_S)
    return judge(settings).different
