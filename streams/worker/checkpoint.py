"""Checkpoints: copies of a partition's files, taken by hard links, sent away by a thread."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streams import clock, metrics
from streams.codec.rows import Place
from streams.worker.archive import ARCHIVE_ERRORS, Archive

log = logging.getLogger(__name__)


class Checkpointer:
    """Implements the store's `Checkpoints` for one partition; a failure never stops the lane."""

    def __init__(self, archive: Archive, place: Place, folder: Path, every_s: float) -> None:
        self._archive, self._place, self._every_s = archive, place, every_s
        self._links = folder.with_name(f"{folder.name}.links")
        self._last_s = clock.monotonic_s()
        self._sending: threading.Thread | None = None

    def due(self) -> bool:
        """Whether the last one is long enough ago and not on its way any more."""
        if clock.monotonic_s() - self._last_s < self._every_s:
            return False
        return self._sending is None or not self._sending.is_alive()

    def take(self, offset: int, link: Callable[[Path], Any]) -> None:
        """Link the files; a thread sends them, and ends with the process at any moment."""
        self._last_s = clock.monotonic_s()
        shutil.rmtree(self._links, ignore_errors=True)
        try:
            link(self._links)
        except Exception as error:  # rocksdict raises nothing narrower
            self._failed(offset, error)
            return
        self._sending = threading.Thread(target=self._send, args=(offset,), daemon=True)
        self._sending.start()

    def wait(self) -> None:
        """Until what is being sent is there, or failed."""
        if self._sending:
            self._sending.join()

    def _send(self, offset: int) -> None:
        labels = self._place.topic, str(self._place.partition)
        try:
            manifest = self._archive.add(self._links, offset, clock.now_ms())
        except ARCHIVE_ERRORS as error:
            self._failed(offset, error)
            return
        finally:
            shutil.rmtree(self._links, ignore_errors=True)
        metrics.WORKER_CHECKPOINT_OFFSET.labels(*labels).set(offset)
        metrics.WORKER_CHECKPOINT_TIME.labels(*labels).set(manifest.created_at / 1000)
        log.info("%s: checkpoint at %d, %d files", self._place, offset, len(manifest.files))

    def _failed(self, offset: int, error: Exception) -> None:
        metrics.WORKER_CHECKPOINT_FAILURES.inc()
        log.warning("%s: no checkpoint at %d: %s", self._place, offset, error)
