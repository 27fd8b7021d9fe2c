"""Records: the raw log as read from the topics, decoded without the worker's codec."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from streams.demo.reference.expected import DEFAULT, DeadLetter, Expected, Rules
from streams.demo.reference.facts import Mark, Marks, expected_facts
from streams.demo.reference.wire import flaw

REJECTIONS = "rejections"
LARGEST_BYTES = 65_536


class Record(NamedTuple):
    """One record as it stands in the log; `topic` is `interactions` or `rejections`."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    topic: str = "interactions"
    headers: tuple[tuple[str, bytes], ...] = ()


def reference(
    records: Sequence[Record], campaigns: Sequence[Mapping[str, Any]] = (), rules: Rules = DEFAULT
) -> Expected:
    """What the records of both topics lead to; `campaigns` as they stand in their topic."""
    interactions = []
    dead: list[DeadLetter] = []
    dropped: list[DeadLetter] = []
    marks: Marks = {}
    for record in sorted(records, key=lambda it: (it.topic, it.partition, it.offset)):
        raw = None if record.topic == REJECTIONS else decoded(record)
        mark = replay_mark(record)
        if raw is not None:
            interactions.append(raw)
            if mark:
                marks[id(raw)] = mark
        else:
            (dropped if mark else dead).append(dead_letter(record))
    facts = expected_facts(interactions, campaigns, rules, marks)
    return facts._replace(dead_letters=tuple(sorted(dead)), dropped=tuple(sorted(dropped)))


def decoded(record: Record) -> dict[str, Any] | None:
    """The interaction in the record; None when it is none, or stands under another's key."""
    if len(record.value or b"") > LARGEST_BYTES:
        return None
    try:
        raw = json.loads((record.value or b"").decode("utf-8"), parse_constant=_refuse)
        if flaw(raw):
            return None
        key = f"{raw['tenant']}/{raw['visitor']}".encode()
    except (ValueError, RecursionError):
        return None
    return raw if key == record.key else None


def replay_mark(record: Record) -> Mark | None:
    """Which letter the record was before, by its headers; None when it was none."""
    headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
    if record.topic == REJECTIONS or "replay_of" not in headers:
        return None
    topic, *numbers = headers["replay_of"].split(":")
    partition, offset, item, items = map(int, numbers)
    return Mark(
        (topic, partition, offset, item, items),
        (headers["letter_tenant"], int(headers["letter_received_at"])),
        (record.partition, record.offset),
    )


def dead_letter(record: Record) -> DeadLetter:
    """The record as a dead letter: its tenant by header or, in the log itself, by its key."""
    headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
    by_key = (record.key or b"").partition(b"/")[0][:64].decode("utf-8", "replace")
    return DeadLetter(
        tenant=headers.get("tenant", by_key),
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        received_at=int(headers.get("received_at", record.timestamp_ms)),
    )


def _refuse(constant: str) -> None:
    raise ValueError(f"expected JSON, found {constant}")
