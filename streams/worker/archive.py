"""The archive: checkpoints of partitions in a folder or an S3-compatible bucket.

A checkpoint is a manifest that names files by their checksum; it is put there last, so what stands
in a manifest was there. Files are under their checksum: one that is there is never sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from streams.codec.rows import Place
from streams.worker.source import Source

FORMAT: Final = 2  # 1 knew no source
KEPT: Final = 3  # checkpoints of a partition
UNNAMED_FOR: Final = timedelta(hours=1)  # another worker may be about to name a file
CHUNK_BYTES: Final = 4 << 20
ARCHIVE_ERRORS: Final = (BaseError, OSError, ValueError)
"""What an archive that is away, full or denied raises."""


class ArchiveUrlError(ValueError):
    """An address that is neither a folder nor a bucket."""


class RefusedError(Exception):
    """A checkpoint that cannot be trusted; the reason."""


class File(msgspec.Struct, frozen=True):
    """One file of a store."""

    name: str
    size_bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint: the state of a partition at an offset, all records below it folded."""

    format: int = FORMAT
    epoch: int
    topic: str
    partition: int
    source: Source
    offset: int
    created_at: int  # milliseconds since 1970
    files: tuple[File, ...]


def open_archive(url: str) -> ObjectStore:
    """A folder (`file:///...` or a path), or `s3://bucket/prefix` by the usual AWS_* variables.

    Raises ArchiveUrlError.
    """
    scheme, _, path = url.rpartition("://")
    if scheme == "s3":
        return S3Store.from_url(
            url, client_options={"allow_http": True, "connect_timeout": "5s", "timeout": "10m"}
        )
    if scheme not in ("", "file"):
        raise ArchiveUrlError(
            f"STEPTHREE_STATE_URL: expected a folder or s3://bucket/prefix, found {url!r}"
        )
    return LocalStore(Path(path).absolute(), mkdir=True)


class Archive:
    """The checkpoints of one partition under one epoch; blocks, so it is used in threads."""

    def __init__(self, store: ObjectStore, place: Place, source: Source) -> None:
        self._store, self._place, self._source = store, place, source
        self._root = f"epoch-{place.epoch}/{place.topic}-{place.partition}"
        self._known: dict[tuple[str, int, int, int], File] = {}

    def add(self, folder: Path, offset: int, now_ms: int) -> Manifest:
        """Keep a copy of the files in this folder, drop what is older than the newest few."""
        files = tuple(self._describe(path) for path in sorted(folder.iterdir()) if path.is_file())
        topic, partition, epoch = self._place
        manifest = Manifest(
            epoch=epoch,
            topic=topic,
            partition=partition,
            source=self._source,
            offset=offset,
            created_at=now_ms,
            files=files,
        )
        there = {(path, size_bytes) for path, size_bytes, _ in self._list("files")}
        for file in files:
            if (self._file(file), file.size_bytes) not in there:
                obstore.put(self._store, self._file(file), folder / file.name)
        obstore.put(self._store, self._manifest(manifest), msgspec.json.encode(manifest))
        self._known = {key: file for key, file in self._known.items() if file in files}
        self._prune()
        return manifest

    def read(self, most: int) -> Iterator[Manifest | RefusedError]:
        """Checkpoints with an offset of at most `most`, the newest first; or why not."""
        for path in self._manifests():
            try:
                manifest = self._decode(path)
            except RefusedError as refusal:
                yield refusal
                continue
            if manifest.offset <= most:
                yield manifest

    def fetch(self, manifest: Manifest, folder: Path) -> None:
        """Its files, each compared with its checksum; raises RefusedError."""
        folder.mkdir(parents=True)
        for file in manifest.files:
            self._fetch(file, folder / file.name)

    def _describe(self, path: Path) -> File:
        """A file of tables never changes: its checksum is computed once."""
        status = path.stat()
        identity = path.name, status.st_ino, status.st_size, status.st_mtime_ns
        known = self._known.get(identity)
        if known and path.suffix == ".sst":
            return known
        with path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        file = File(path.name, status.st_size, digest)
        self._known[identity] = file
        return file

    def _decode(self, path: str) -> Manifest:
        try:
            text = bytes(obstore.get(self._store, path).bytes())
            found = msgspec.json.decode(text, type=Manifest)
        except (msgspec.DecodeError, FileNotFoundError) as error:
            raise RefusedError(f"{path}: expected a manifest, found {error}") from error
        if found.format != FORMAT:
            raise RefusedError(f"{path}: expected format {FORMAT}, found {found.format}")
        place = Place(found.topic, found.partition, found.epoch)
        if place != self._place:
            raise RefusedError(f"{path}: expected {self._place}, found {place}")
        if self._source.is_other(found.source):
            raise RefusedError(f"{path}: expected {self._source}, found {found.source}")
        if any(Path(file.name).name != file.name for file in found.files):
            raise RefusedError(f"{path}: expected names of files, found a path")
        return found

    def _fetch(self, file: File, target: Path) -> None:
        """A file that is not what its name says is removed: the next checkpoint sends it again."""
        try:
            stream = obstore.get(self._store, self._file(file)).stream(CHUNK_BYTES)
        except FileNotFoundError as error:
            raise RefusedError(f"{file.name}: {self._file(file)} is missing") from error
        digest = hashlib.sha256()
        with target.open("wb") as opened:
            for chunk in stream:
                digest.update(chunk)
                opened.write(chunk)
        found = File(file.name, target.stat().st_size, digest.hexdigest())
        if found != file:
            self._delete([self._file(file)])
            raise RefusedError(f"expected {file}, found {found}")

    def _prune(self) -> None:
        """Manifests beyond the newest few, and files that none of those names, after a while."""
        manifests = self._manifests()
        kept = [found for found in map(self._readable, manifests[:KEPT]) if found]
        self._delete(manifests[KEPT:])
        named = {self._file(file) for manifest in kept for file in manifest.files}
        files = self._list("files")
        newest = max((modified for _, _, modified in files), default=None)
        self._delete(
            path
            for path, _, modified in files
            if path not in named and newest and newest - modified > UNNAMED_FOR
        )

    def _readable(self, path: str) -> Manifest | None:
        try:
            return self._decode(path)
        except RefusedError:
            return None

    def _delete(self, paths: Iterable[str]) -> None:
        found = list(paths)
        if found:
            obstore.delete(self._store, found)

    def _manifests(self) -> list[str]:
        """Their paths, the newest first."""
        return sorted((path for path, _, _ in self._list("manifests")), reverse=True)

    def _list(self, kind: str) -> list[tuple[str, int, datetime]]:
        """Path, size in bytes and time of last change."""
        chunks = obstore.list(self._store, f"{self._root}/{kind}")
        return [
            (meta["path"], meta["size"], meta["last_modified"])
            for chunk in chunks
            for meta in chunk
        ]

    def _file(self, file: File) -> str:
        return f"{self._root}/files/{file.sha256}"

    def _manifest(self, manifest: Manifest) -> str:
        return f"{self._root}/manifests/{manifest.created_at:014d}-{manifest.offset}.json"
