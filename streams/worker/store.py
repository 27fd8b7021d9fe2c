"""The store: one partition's visitors in RocksDB; they and their offset change together."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from rocksdict import AccessType, Options, Rdict, WriteBatch

from streams.domain.visitor import Visitor

OFFSET: Final = b"offset"
VERSION: Final = b"version"
FORMAT: Final = b"1"
WRITE_BUFFER_BYTES: Final = 16 << 20
VISITORS_CACHED: Final = 500_000
WRITE_EVERY: Final = 50_000  # records; as many are folded again within a second after a crash

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Visitor).decode


class RocksStore:
    """Implements `ports.state.StateStore`: a cache in front of the files of one partition.

    What changed is written after `write_every` records, since visitors who come again are then
    written once; after a crash those records are folded again, silently.
    """

    def __init__(
        self, folder: Path, cached: int = VISITORS_CACHED, write_every: int = WRITE_EVERY
    ) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        options = Options(raw_mode=True)
        options.set_write_buffer_size(WRITE_BUFFER_BYTES)
        self._db: Any = Rdict(str(folder), options, access_type=AccessType.read_write())
        self._check_version(folder)
        self._offset = self._written = int(self._db.get(OFFSET) or b"0")
        self._cache: dict[int, Visitor] = {}
        self._unwritten: dict[int, Visitor] = {}
        self._cached, self._write_every = cached, write_every
        self._whole = self._offset == 0  # nothing is in the files that is not in the cache
        self._settled = True  # nobody folds in the cache what is not saved yet

    @property
    def offset(self) -> int:
        """All records below it are in the state."""
        return self._offset

    def load(self, keys: Iterable[int]) -> dict[int, Visitor]:
        """The cache, holding every known visitor of these keys; the fold changes it in place."""
        if len(self._cache) > self._cached:
            self._write()
            self._cache = {}
            self._whole = False
        if not self._whole:
            self._read(set(keys) - self._cache.keys())
        self._settled = False
        return self._cache

    def save(self, changed: Mapping[int, Visitor], offset: int) -> None:
        """The fold's changes belong to the state now."""
        self._unwritten.update(changed)
        self._offset, self._settled = offset, True
        if offset - self._written >= self._write_every:
            self._write()

    def close(self) -> None:
        """Let go of the files; a cache with a fold that was never saved is not written."""
        if self._settled:
            self._write()
        self._db.close()

    def _write(self) -> None:
        """Changed visitors and offset in one atomic write."""
        batch = WriteBatch(raw_mode=True)
        put = batch.put
        for key, visitor in self._unwritten.items():
            put(key.to_bytes(8, "big"), _encode(visitor))
        put(OFFSET, b"%d" % self._offset)
        self._db.write(batch)
        self._written = self._offset
        self._unwritten = {}

    def _read(self, keys: set[int]) -> None:
        names = [key.to_bytes(8, "big") for key in keys]
        for key, found in zip(keys, self._db[names] if names else (), strict=True):
            if found is not None:
                self._cache[key] = _decode(found)

    def _check_version(self, folder: Path) -> None:
        found = self._db.get(VERSION)
        if found is None:
            self._db.put(VERSION, FORMAT)
        elif found != FORMAT:
            self._db.close()
            raise StoreError(
                f"state in {folder}: expected format {FORMAT.decode()}, found {found[:20]!r}; "
                "run the version that wrote it, or delete the folder to rebuild it from the topic"
            )


class StoreError(Exception):
    """Files that this version cannot use."""


def open_store(folder: Path, committed: int) -> RocksStore:
    """The partition's store; one ahead of the committed offset holds a wrong past and is rebuilt.

    That happens when offsets were reset or lost: the log's account of itself wins.
    """
    store = RocksStore(folder)
    if store.offset <= committed:
        return store
    store.close()
    shutil.rmtree(folder)
    return RocksStore(folder)
