"""One partition whose log is known: the state at every offset, workers that fold it, archives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import obstore
from obstore.store import ObjectStore

from streams import metrics
from streams.codec.rows import Place
from streams.domain.fold import fold
from streams.domain.visitor import Visitor
from streams.worker.memory import Memory
from streams.worker.source import NO_SOURCE, Source
from streams.worker.store import RocksStore
from streams.worker.stores import Stores
from tests.builders import LIMITS, interaction, stamped

PLACE = Place("interactions", 3, 1)
LOG = [interaction(f"e{number}", visitor=f"v{number % 7}") for number in range(60)]
"""A partition's log: the record at offset n is the n-th."""


def state_at(offset: int) -> dict[int, Visitor]:
    """What the fold remembers of the records below an offset."""
    visitors: dict[int, Visitor] = {}
    fold(stamped(LOG[:offset]).steps, visitors, LIMITS)
    return visitors


def known(store: RocksStore) -> dict[int, Visitor]:
    """All visitors of the log that a store knows."""
    return dict(store.load(state_at(len(LOG))))


def advance(store: RocksStore, *ends: int) -> None:
    """Batch after batch, as a lane does it."""
    for end in ends:
        steps = stamped(LOG[store.offset : end]).steps
        facts = fold(steps, store.load(step[0] for step in steps), LIMITS)
        store.save(facts.changed, end)


class Worker:
    """One worker's folder, and the archive that it shares with others."""

    def __init__(
        self, folder: Path, archive: ObjectStore | None = None, source: Source = NO_SOURCE
    ) -> None:
        self.folder = folder / "interactions-3"
        self.stores = Stores(
            folder, Memory(4), archive, every_s=0, worth_fetching=10, source_of=lambda _: source
        )

    def open(self, committed: int, place: Place = PLACE) -> RocksStore:
        """The partition's store."""
        return self.stores.open(place, committed)

    def run(self, *ends: int) -> None:
        """Open, fold, close; a checkpoint is sent after every other batch."""
        store = self.open(ends[0])
        for end in ends:
            advance(store, end)
            for checkpointer in self.stores._checkpointers.values():
                checkpointer.wait()
        store.close()


def paths(archive: ObjectStore, kind: str) -> list[str]:
    """Of manifests or files, the oldest manifest first."""
    return sorted(
        meta["path"] for chunk in obstore.list(archive) for meta in chunk if kind in meta["path"]
    )


def offsets(archive: ObjectStore) -> list[int]:
    """Of the checkpoints there are, the oldest first."""
    found = [obstore.get(archive, path).bytes() for path in paths(archive, "manifests")]
    return [msgspec.json.decode(bytes(text))["offset"] for text in found]


def change(archive: ObjectStore, path: str, how: Callable[[bytes], bytes]) -> None:
    """Replace an object."""
    obstore.put(archive, path, how(bytes(obstore.get(archive, path).bytes())))


def rewritten(**fields: object) -> Callable[[bytes], bytes]:
    """A manifest that says something else."""
    return lambda text: msgspec.json.encode(msgspec.json.decode(text) | fields)


def every(archive: ObjectStore, kind: str) -> list[obstore.ObjectMeta]:
    """What the archive says of its objects."""
    return [meta for chunk in obstore.list(archive) for meta in chunk if kind in meta["path"]]


def harm_object(archive: ObjectStore, path: str, how: str) -> None:
    """Delete, shorten or change one object."""
    if how == "delete":
        obstore.delete(archive, path)
    else:
        change(archive, path, lambda content: harmed(content, how))


def harmed(content: bytes, how: str) -> bytes:
    """Half of it, nothing of it, or all but one byte of it: one in the middle, or an early one."""
    middle = 64 if how == "flip at 64" else len(content) // 2
    if how.startswith("flip") and content:
        return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]
    return content[:middle] if how == "half" else b""


def failures() -> float:
    """Checkpoints that failed in this process."""
    return metrics.WORKER_CHECKPOINT_FAILURES._value.get()
