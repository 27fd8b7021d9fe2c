"""The store: one partition's visitors in RocksDB; they and their offset change together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import msgspec
from rocksdict import AccessType, Checkpoint, Rdict, WriteBatch, WriteOptions

from streams.domain.visitor import Visitor
from streams.worker.memory import Hot, Memory
from streams.worker.source import NO_SOURCE, Source

OFFSET: Final = b"offset"
VERSION: Final = b"version"
EPOCH: Final = b"epoch"
SOURCE: Final = b"source"
FORMAT: Final = 3  # 1 knew no epoch, 2 no source
WRITE_EVERY: Final = 50_000  # records; as many are folded again within a second after a crash
DAMAGED: Final = "damaged"  # a file with the reason: what failed to be read is not opened again
DAMAGE: Final = ("Corruption", "IO error: No such file", "Invalid argument")

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Visitor).decode


class StoreError(Exception):
    """Files that this version cannot use, and must not replace."""


class NewerError(StoreError):
    """Files of a newer version: only that version, or nobody, may use them."""


class DamagedError(Exception):
    """Files that do not say what was written; the reason. The state comes from elsewhere."""


class ForeignError(Exception):
    """Files of another epoch or source, or an older format: the state comes from elsewhere."""


class Named(NamedTuple):
    """What a store says of itself."""

    epoch: int
    source: Source


class Checkpoints(Protocol):
    """Who takes copies of the files as they are now and then."""

    def due(self) -> bool:
        """Whether one should be taken soon."""

    def take(self, offset: int, link: Any) -> None:
        """Let `link(folder)` make one, of the state at this offset."""


class RocksStore:
    """Implements `ports.state.StateStore`: a cache in front of the files of one partition.

    What changed is written after `write_every` records, since visitors who come again are then
    written once; after a crash those records are folded again, silently. There is no log of
    writes in front of the files: such a log can lose one write and keep the next, while files
    that were written one after the other are some earlier state as a whole.
    """

    def __init__(
        self,
        folder: Path,
        memory: Memory | None = None,
        write_every: int = WRITE_EVERY,
        *,
        epoch: int = 1,
        source: Source = NO_SOURCE,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self._folder, self._memory = folder, memory or Memory()
        self._db = _open(folder, self._memory, Named(epoch, source))
        self._offset = self._written = int(self._db.get(OFFSET) or b"0")
        self._memory.enter(folder)
        self._hot = Hot(self._memory, whole=self._offset == 0)
        self._unwritten: dict[int, Visitor] = {}
        self._write_every, self._checkpoints = write_every, checkpoints
        self._settled = True  # nobody folds in the cache what is not saved yet
        self._ripe = False  # all that is written is on its way to the files, for a checkpoint

    @property
    def offset(self) -> int:
        """All records below it are in the state."""
        return self._offset

    def load(self, keys: Iterable[int]) -> dict[int, Visitor]:
        """The cache, holding every known visitor of these keys; the fold changes it in place.

        Raises DamagedError; such files are refused when they are opened again.
        """
        if self._hot.full:
            self._write()
            self._hot.turn()
        away = self._hot.call(keys)
        if away:
            self._hot.admit(self._read(away))
        self._settled = False
        return self._hot.young

    def save(self, changed: Mapping[int, Visitor], offset: int) -> None:
        """The fold's changes belong to the state now."""
        self._unwritten.update(changed)
        self._hot.weigh(changed)
        self._offset, self._settled = offset, True
        if self._ripe and self._checkpoints:
            self._ripe = False
            self._checkpoints.take(self._written, self._link)
        elif self._checkpoints and self._checkpoints.due():
            self._write()
            self._ripe = True
        if offset - self._written >= self._write_every:
            self._write()

    def skip(self, offset: int) -> None:
        """Records below will never come; in the files at once."""
        self._offset = offset
        self._write()
        self._db.flush()

    def close(self) -> None:
        """Let go of the files; a cache with a fold that was never saved is not written."""
        if self._settled:
            self._write()
        self._db.flush()
        self._db.close()
        self._memory.leave(self._folder)

    def _write(self) -> None:
        """Changed visitors and offset in one atomic write, which goes to the files by itself."""
        if self._written == self._offset and not self._unwritten:
            return
        batch = WriteBatch(raw_mode=True)
        put = batch.put
        for key, visitor in self._unwritten.items():
            put(key.to_bytes(8, "big"), _encode(visitor))
        put(OFFSET, b"%d" % self._offset)
        self._db.write(batch, _no_log())
        self._db.flush(False)
        self._written = self._offset
        self._unwritten = {}

    def _read(self, keys: list[int]) -> dict[int, Visitor]:
        try:
            found = self._db[[key.to_bytes(8, "big") for key in keys]]
        except Exception as error:  # rocksdict raises nothing narrower
            fault = _fault(self._folder, error)
            if isinstance(fault, DamagedError):
                (self._folder / DAMAGED).write_text(str(fault))
            raise fault from error
        pairs = zip(keys, found, strict=True)
        return {key: _decode(value) for key, value in pairs if value is not None}

    def _link(self, folder: Path) -> None:
        """A copy of the files as they are, by hard links; what is not flushed yet is flushed."""
        Checkpoint(self._db).create_checkpoint(str(folder))


def _open(folder: Path, memory: Memory, named: Named) -> Any:
    """The database, of this format and name; a new one when there is no folder."""
    fresh = not folder.exists()
    if (folder / DAMAGED).exists():
        raise DamagedError((folder / DAMAGED).read_text())
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        db = Rdict(str(folder), memory.options(), access_type=AccessType.read_write())
        if fresh:
            _name(db, named)
        version, found = db.get(VERSION), (db.get(EPOCH), db.get(SOURCE))
    except Exception as error:  # rocksdict raises nothing narrower
        raise _fault(folder, error) from error
    refusal = _of_format(folder, version) or _of_name(*found, named)
    if refusal:
        db.close()
        raise refusal
    return db


def _name(db: Any, named: Named) -> None:
    """Format, epoch and source are in the files before anything else."""
    batch = WriteBatch(raw_mode=True)
    batch.put(VERSION, b"%d" % FORMAT)
    batch.put(EPOCH, b"%d" % named.epoch)
    batch.put(SOURCE, msgspec.json.encode(named.source))
    db.write(batch, _no_log())
    db.flush()


def _no_log() -> WriteOptions:
    options = WriteOptions()
    options.disable_wal = True
    return options


def _of_format(folder: Path, version: bytes | None) -> Exception | None:
    """Why files of this format are not used."""
    if version is None or not version.isdigit():
        return DamagedError(f"no format, found {version!r}")
    if int(version) > FORMAT:
        return NewerError(
            f"state in {folder}: expected format {FORMAT}, found {version[:20]!r}; "
            "run the version that wrote it, or delete the folder to rebuild it from the topic"
        )
    if int(version) < FORMAT:
        return ForeignError(f"expected format {FORMAT}, found {int(version)}")
    return None


def _of_name(epoch: bytes | None, source: bytes | None, named: Named) -> Exception | None:
    """Why files of this epoch and source are not used."""
    if epoch != b"%d" % named.epoch:
        return ForeignError(f"expected epoch {named.epoch}, found {(epoch or b'none').decode()}")
    try:
        found = msgspec.json.decode(source or b"", type=Source)
    except msgspec.MsgspecError as error:
        return DamagedError(f"expected a source, found {error}")
    if named.source.is_other(found):
        return ForeignError(f"expected {named.source}, found {found}")
    return None


def _fault(folder: Path, error: Exception) -> Exception:
    """Damage, or a world in which nothing can be said of the files: in use, disk full, denied."""
    text = str(error).strip()
    if text.startswith(DAMAGE):
        return DamagedError(text)
    return StoreError(f"state in {folder}: expected files that can be opened, found: {text}")
