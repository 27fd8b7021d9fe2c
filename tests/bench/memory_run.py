"""One process with the states of four partitions: what it takes, and how soon it folds again.

    python -m tests.bench.memory_run fill|open FOLDER VISITORS CACHE_MB

`fill` sends every visitor three times through the folds, so that most come back cold; `open` is a
worker that starts on what is in FOLDER.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from streams import topics
from streams.codec.interaction import encode
from streams.codec.rows import Place
from streams.domain.campaign import Campaigns
from streams.domain.interaction import Interaction, Stage, record_key
from streams.domain.stamp import Stamper
from streams.settings import Settings
from streams.worker.app import GC_THRESHOLDS, default_policy, limits_of
from streams.worker.folds import InteractionFold
from streams.worker.memory import Memory
from streams.worker.stores import Stores

PARTITIONS = 4
BATCH = 20_000
STAGES = (Stage.VISIT, Stage.TALK, Stage.ACT)
START_MS = 1_760_000_000_000
PAUSE_MS = 3_600_000  # each of them is a session of its own


class Fetched(NamedTuple):
    """A record as a Kafka client hands it out."""

    offset: int
    key: bytes
    value: bytes
    timestamp: int
    headers: tuple[tuple[str, bytes], ...] = ()


def record(offset: int, visitor: int, turn: int) -> Fetched:
    """The visitor's interaction of this turn."""
    at_ms = START_MS + turn * PAUSE_MS + visitor
    found = Interaction(
        event_id=f"{turn:08x}{visitor:024x}",
        tenant="acme",
        campaign=f"campaign-{visitor % 3}",
        visitor=f"visitor-{visitor:012d}",
        stage=STAGES[turn],
        kind=STAGES[turn].name.lower(),
        occurred_at=at_ms,
        received_at=at_ms,
        source="web",
    )
    return Fetched(offset, record_key(found.tenant, found.visitor), encode(found), at_ms)


def batches(partition: int, visitors: int) -> Iterator[list[Fetched]]:
    """The partition's log, three turns of its visitors."""
    own = range(partition, visitors, PARTITIONS)
    log = ((visitor, turn) for turn in range(len(STAGES)) for visitor in own)
    batch: list[Fetched] = []
    for offset, (visitor, turn) in enumerate(log):
        batch.append(record(offset, visitor, turn))
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def opened(folder: Path, cache_mb: int) -> list[InteractionFold]:
    """The folds, as a worker opens them."""
    settings = Settings()
    stores = Stores(folder, Memory(cache_mb))
    stamper, limits = Stamper(Campaigns(default_policy(settings))), limits_of(settings)
    places = [Place(topics.INTERACTIONS, number, 1) for number in range(PARTITIONS)]
    return [
        InteractionFold(stores.open(place, sys.maxsize), stamper, limits, place) for place in places
    ]


def advance(fold: InteractionFold, batch: list[Fetched]) -> None:
    """One batch, without ClickHouse."""
    if batch:
        fold.save(fold.fold(batch).changed, batch[-1].offset + 1)


def fill(folder: Path, visitors: int, cache_mb: int) -> dict[str, float]:
    """All partitions in turn, a batch each."""
    folds = opened(folder, cache_mb)
    started_s = time.perf_counter()
    logs = [batches(partition, visitors) for partition in range(PARTITIONS)]
    for round_of in zip(*logs, strict=True):
        for fold, batch in zip(folds, round_of, strict=True):
            advance(fold, batch)
    seconds = time.perf_counter() - started_s
    for fold in folds:
        fold.close()
    return {
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "disk_mb": sum(path.stat().st_size for path in folder.rglob("*.sst")) >> 20,
        "per_s": round(visitors * len(STAGES) / seconds),
    }


def reopen(folder: Path, visitors: int, cache_mb: int) -> dict[str, float]:
    """Open, and fold one more batch of visitors who are all cold."""
    started_s = time.perf_counter()
    folds = opened(folder, cache_mb)
    opened_s = time.perf_counter()
    offset = folds[0].offset
    cold = range(0, visitors, max(PARTITIONS, visitors // BATCH // PARTITIONS * PARTITIONS))
    batch = [record(offset + number, it, 2) for number, it in enumerate(cold)]
    built_s = time.perf_counter()
    folds[0].fold(batch)
    return {
        "open_s": round(opened_s - started_s, 3),
        "first_fold_s": round(time.perf_counter() - built_s, 3),
    }


if __name__ == "__main__":
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    WORDS = {"fill": fill, "open": reopen}
    found = WORDS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    print(json.dumps(found))
