"""Stores: a partition's state, from its own files, from a checkpoint, or from the topic again."""

from __future__ import annotations

import logging
import shutil
from functools import partial
from pathlib import Path
from typing import Final

from obstore.store import ObjectStore

from streams import clock
from streams.codec.rows import Place
from streams.settings import Settings
from streams.worker.archive import ARCHIVE_ERRORS, Archive, Manifest, RefusedError, open_archive
from streams.worker.checkpoint import Checkpointer
from streams.worker.memory import Memory
from streams.worker.source import SourceOf, no_source, source_of
from streams.worker.store import DamagedError, ForeignError, RocksStore, StoreError

WORTH_FETCHING: Final = 1_000_000  # records that a checkpoint is ahead; fewer are folded sooner
log = logging.getLogger(__name__)


class Stores:
    """Opens the partitions of one process; they share its memory."""

    def __init__(
        self,
        folder: Path,
        memory: Memory,
        archive: ObjectStore | None = None,
        every_s: float = 60.0,
        worth_fetching: int = WORTH_FETCHING,
        *,
        source_of: SourceOf = no_source,
    ) -> None:
        self._folder, self._memory = folder, memory
        self._archive, self._every_s, self._worth = archive, every_s, worth_fetching
        self._source_of = source_of
        self._checkpointers: dict[Place, Checkpointer] = {}

    def open(self, place: Place, committed: int) -> RocksStore:
        """The state of a partition at an offset of at most `committed`, the latest at hand.

        One ahead of the committed offset holds a wrong past: offsets were reset or lost, and the
        log's account of itself wins. Blocks while a checkpoint is fetched. Raises StoreError.
        """
        local = self._local(place, committed)
        least = local.offset + self._worth if local else 1
        manifest = self._fetch_newest(place, least, committed) if self._archive else None
        if manifest is None:
            return local or self._store(place)
        if local:
            local.close()
        self._replace(place)
        log.info("%s: restored the checkpoint at %d", place, manifest.offset)
        return self._store(place)

    def _local(self, place: Place, committed: int) -> RocksStore | None:
        """What the files hold; files of no use are deleted, damaged ones set aside."""
        folder = self._place(place)
        if not folder.exists():
            return None
        try:
            store = self._store(place)
        except DamagedError as damage:
            aside = folder.with_name(f"{folder.name}.damaged-{clock.now_ms()}")
            log.warning("%s: damaged, set aside as %s: %s", folder, aside.name, damage)
            folder.rename(aside)
            return None
        except ForeignError as difference:
            log.warning("%s: built anew: %s", folder, difference)
            shutil.rmtree(folder)
            return None
        if store.offset <= committed:
            return store
        log.warning("%s: built anew: at %d, committed is %d", folder, store.offset, committed)
        store.close()
        shutil.rmtree(folder)
        return None

    def _fetch_newest(self, place: Place, least: int, most: int) -> Manifest | None:
        """The newest checkpoint in these bounds that can be trusted; it is beside the store now."""
        archive = self._archive_of(place)
        try:
            for found in archive.read(most):
                if isinstance(found, RefusedError):
                    log.warning("%s: checkpoint refused: %s", place, found)
                elif found.offset >= least and self._fetched(archive, found, place):
                    return found
        except ARCHIVE_ERRORS as error:
            log.warning("%s: no checkpoint can be read: %s", place, error)
        return None

    def _fetched(self, archive: Archive, manifest: Manifest, place: Place) -> bool:
        """Whether the checkpoint came whole, and holds what it says."""
        folder = self._beside(place)
        shutil.rmtree(folder, ignore_errors=True)
        try:
            archive.fetch(manifest, folder)
            store = self._rocks(folder, place)
        except (RefusedError, DamagedError, ForeignError, StoreError) as refusal:
            log.warning("%s: checkpoint at %d refused: %s", place, manifest.offset, refusal)
            return False
        store.close()
        if store.offset != manifest.offset:
            log.warning("%s: checkpoint at %d refused: %d", place, manifest.offset, store.offset)
        return store.offset == manifest.offset

    def _replace(self, place: Place) -> None:
        """What was fetched takes the store's place."""
        folder = self._place(place)
        shutil.rmtree(folder, ignore_errors=True)
        self._beside(place).rename(folder)

    def _store(self, place: Place) -> RocksStore:
        checkpointer = self._checkpointer(place) if self._archive else None
        return self._rocks(self._place(place), place, checkpointer)

    def _rocks(
        self, folder: Path, place: Place, checkpoints: Checkpointer | None = None
    ) -> RocksStore:
        return RocksStore(
            folder,
            self._memory,
            epoch=place.epoch,
            source=self._source_of(place.topic),
            checkpoints=checkpoints,
        )

    def _checkpointer(self, place: Place) -> Checkpointer:
        """One per partition, however often it comes and goes: its last copy may be on its way."""
        if place not in self._checkpointers:
            self._checkpointers[place] = Checkpointer(
                self._archive_of(place), place, self._place(place), self._every_s
            )
        return self._checkpointers[place]

    def _archive_of(self, place: Place) -> Archive:
        assert self._archive is not None, "no archive is configured"
        return Archive(self._archive, place, self._source_of(place.topic))

    def _place(self, place: Place) -> Path:
        return self._folder / f"{place.topic}-{place.partition}"

    def _beside(self, place: Place) -> Path:
        folder = self._place(place)
        return folder.with_name(f"{folder.name}.fetched")


def stores_of(settings: Settings) -> Stores:
    """As the settings say; raises ArchiveUrlError."""
    archive = open_archive(settings.state_url) if settings.state_url else None
    memory = Memory(settings.state_cache_mb)
    return Stores(
        settings.store_folder,
        memory,
        archive,
        settings.checkpoint_every_s,
        source_of=partial(source_of, settings),
    )
