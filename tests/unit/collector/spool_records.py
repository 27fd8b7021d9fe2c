"""Spool records for tests: numbered, and read back as numbers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from streams.collector.spool.frames import Outgoing, encode_frame
from streams.collector.spool.store import Store

MANY_BYTES = 1_000_000


def record(number: int, size_bytes: int = 0) -> Outgoing:
    value = b"%d" % number
    return Outgoing("interactions", b"acme/v", value.ljust(size_bytes, b" "), [("n", value)])


def frames(numbers: Iterable[int], size_bytes: int = 0) -> list[bytes]:
    return [encode_frame(record(number, size_bytes), number) for number in numbers]


def numbers(store: Store) -> list[int]:
    """All that is left in a store, settled as it is read."""
    found: list[int] = []
    while True:
        chunk = store.read()
        found += [int(spooled.record.value) for spooled in chunk.records]
        if store.is_empty:
            return found
        store.settle(chunk.end)


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.spool"))
