"""Replayed: rows of the letters that became interactions; they move what the letters counted."""

from __future__ import annotations

from collections.abc import Iterable

from streams.codec.batch import Batch
from streams.codec.rows import Place
from streams.ports.facts import Column, InsertBatch


def replay_rows(batch: Batch, duplicates: Iterable[int], place: Place) -> InsertBatch:
    """One row per record that a dead letter became: its letter, and how that was counted."""
    if not batch.replays:
        return InsertBatch("replays", {})
    seen = set(duplicates)
    indexes, replays = zip(*batch.replays, strict=True)
    found = [batch.interactions[index] for index in indexes]
    columns: dict[str, Column] = {
        "tenant": [e.tenant for e in found],
        "received_at": [e.received_at for e in found],
        "duplicate": [index in seen for index in indexes],
        "letter_topic": [replay.letter.topic for replay in replays],
        "letter_partition": [replay.letter.partition for replay in replays],
        "letter_offset": [replay.letter.offset for replay in replays],
        "item": [replay.item for replay in replays],
        "items": [replay.items for replay in replays],
        "letter_tenant": [replay.tenant for replay in replays],
        "letter_received_at": [replay.received_at for replay in replays],
        "partition": [place.partition] * len(found),
        "offset": [batch.offsets[index] for index in indexes],
        "epoch": [place.epoch] * len(found),
    }
    return InsertBatch("replays", columns)
