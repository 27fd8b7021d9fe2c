"""Store: the segments of one spool on disk; what was appended is durable, in order, and bounded.

A segment is written by one process and never again once another one opened the store, so that a
tail torn by a crash is the end of its segment. After an error of write or fsync a segment is cut
to what was surely durable, and left. `position` says up to where the log has it all.
"""

from __future__ import annotations

import os
import struct
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

from streams.collector.spool.aside import (
    SUFFIX,
    Position,
    Refusal,
    set_damage_aside,
    set_refused_aside,
    set_segment_aside,
)
from streams.collector.spool.durable import sync_folder
from streams.collector.spool.frames import Spooled, read_frames

SEGMENT_BYTES: Final = 8_388_608
CHUNK_BYTES: Final = 1_048_576
READ_TRIES: Final = 5

_POSITION: Final = struct.Struct(">QQ")


class SpoolFull(Exception):
    """The spool holds as much as it may; nothing was written."""


class Chunk(NamedTuple):
    """The next records, and the position behind them."""

    records: list[Spooled]
    end: Position


class Store:
    """One folder's spool. Blocking, and for one thread at a time; its lock is the caller's."""

    def __init__(
        self,
        folder: Path,
        limit_bytes: int,
        segment_bytes: int = SEGMENT_BYTES,
        sync: Callable[[int], None] = os.fsync,
    ) -> None:
        self._folder = folder
        self._sync = sync
        self._limit_bytes = limit_bytes
        self._segment_bytes = segment_bytes
        self._active: tuple[int, int] | None = None  # number and descriptor
        self._failed_reads = Counter[int]()
        self._sizes = dict(sorted(_segments(folder)))
        self._position = _read_position(folder)
        _write_position(folder, self._position)  # while there is room for it
        self._next = max([self._position.segment, *self._sizes]) + 1
        self._skip()

    @property
    def size_bytes(self) -> int:
        """What the segments take; any thread may ask."""
        return sum(list(self._sizes.values()))

    @property
    def is_empty(self) -> bool:
        """Whether the log has all that was appended; any thread may ask."""
        return not self.holds_after(self._position)

    def holds_after(self, position: Position) -> bool:
        """Whether there are durable bytes behind a position; any thread may ask."""
        return any(_start(position, *each) < each[1] for each in list(self._sizes.items()))

    def open_segment(self) -> None:
        """Begin a segment, so that an append needs no new descriptor. Raises OSError."""
        if self._active is None:
            number, path = self._next, self._path(self._next)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            self._active, self._sizes[number], self._next = (number, descriptor), 0, number + 1
            try:
                sync_folder(self._folder, self._sync)
            except OSError:
                self._leave()
                raise

    def append(self, frames: Sequence[bytes]) -> None:
        """Write and fsync; all are durable on return. Raises SpoolFull or OSError: then none is."""
        joined = b"".join(frames)
        if self.size_bytes + len(joined) > self._limit_bytes:
            raise SpoolFull(f"expected room in the spool, found {self.size_bytes} bytes in it")
        self.open_segment()
        assert self._active is not None
        number, descriptor = self._active
        try:
            _write(descriptor, joined)
            self._sync(descriptor)
        except OSError:
            self._leave()
            raise
        self._sizes[number] += len(joined)
        if self._sizes[number] >= self._segment_bytes:
            self._leave()

    def read(self) -> Chunk:
        """The next records, nothing settled; none when it is empty. Raises OSError.

        What is damaged is set aside first, and skipped; so is a segment that cannot be read.
        """
        self._skip()
        for number, size in list(self._sizes.items()):
            start = _start(self._position, number, size)
            if start < size and (chunk := self._read(number, start, size)):
                return chunk
        return Chunk([], self._position)

    def settle(self, end: Position) -> None:
        """The log has all before `end`: never read it again, and give its room back.

        Raises OSError: then it is read no more by this process, but perhaps by the next.
        """
        self._position = end
        _write_position(self._folder, end)
        self._skip()
        if self.is_empty and self._active is not None:
            self._leave()
            self.open_segment()

    def close(self) -> None:
        """Let go; what is not settled stays on disk."""
        self._leave()
        self._skip()

    def set_aside(self, chunk: Chunk, refusals: Sequence[Refusal]) -> None:
        """Keep records of a chunk that the log refused for good. Raises OSError."""
        set_refused_aside(self._folder, chunk.end, refusals)

    def _read(self, number: int, start: int, size: int) -> Chunk | None:
        """The next records of a segment; None when it was given up."""
        try:
            with self._path(number).open("rb") as file:
                file.seek(start)
                held = file.read(min(CHUNK_BYTES, size - start))
                found = read_frames(held, is_whole=start + len(held) == size)
                if found.end == 0 and not found.is_torn:  # a damaged head: all of it in one piece
                    found = read_frames(held + file.read(size - start - len(held)), is_whole=True)
        except OSError as error:
            self._failed_reads[number] += 1
            if not isinstance(error, FileNotFoundError) and self._failed_reads[number] < READ_TRIES:
                raise
            self._give_up(number, error)
            return None
        for damaged in found.damaged:
            set_damage_aside(self._folder, Position(number, start + damaged.start), damaged)
        return Chunk(found.records, Position(number, size if found.is_torn else start + found.end))

    def _give_up(self, number: int, error: OSError) -> None:
        """Write to a segment no more, and read the others."""
        if self._active is not None and self._active[0] == number:
            self._leave()
        set_segment_aside(self._path(number), error)
        self._sizes.pop(number, None)

    def _skip(self) -> None:
        """Delete what is read to its end. A file that cannot be deleted is read again some day."""
        for number, size in list(self._sizes.items()):
            is_active = self._active is not None and number == self._active[0]
            if _start(self._position, number, size) >= size and not is_active:
                with suppress(OSError):
                    self._path(number).unlink()
                del self._sizes[number]

    def _leave(self) -> None:
        """Write to the active segment no more; it ends where it was surely durable."""
        if self._active is None:
            return
        number, descriptor = self._active
        self._active = None
        with suppress(OSError):
            if os.fstat(descriptor).st_size > self._sizes[number]:
                os.ftruncate(descriptor, self._sizes[number])
        with suppress(OSError):
            os.close(descriptor)
        self._skip()

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:020d}{SUFFIX}"


def _start(position: Position, number: int, size: int) -> int:
    """From where on a segment is to be read."""
    if number < position.segment:
        return size
    return position.offset if number == position.segment else 0


def _segments(folder: Path) -> list[tuple[int, int]]:
    return [(int(path.stem), path.stat().st_size) for path in folder.glob(f"*{SUFFIX}")]


def _write(descriptor: int, joined: bytes) -> None:
    left = memoryview(joined)
    while left:
        left = left[os.write(descriptor, left) :]


def _read_position(folder: Path) -> Position:
    """Where reading begins; at the first record when that was never, or not wholly, written."""
    try:
        held = (folder / "position").read_bytes()
    except FileNotFoundError:
        return Position(0, 0)
    measures, checksum = held[: _POSITION.size], held[_POSITION.size :]
    if checksum != crc32(measures).to_bytes(4, "big"):
        return Position(0, 0)
    return Position(*_POSITION.unpack(measures))


def _write_position(folder: Path, position: Position) -> None:
    """In place: a full disk is no hindrance. Lost, the records before it are sent again."""
    measures = _POSITION.pack(*position)
    descriptor = os.open(folder / "position", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.pwrite(descriptor, measures + crc32(measures).to_bytes(4, "big"), 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
