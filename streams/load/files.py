"""Files: the bytes of a plain, gzip or zstd file as lines, in bounded memory.

What a file is packed with is told by its first bytes, never by its name.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Protocol, Self

import zstandard

MAX_LINE_BYTES: Final = 900_000  # a record of 1,000,000 bytes holds it with its headers
CHUNK_BYTES: Final = 1 << 18
ZSTD_PIECE_BYTES: Final = 4_096  # unpacks to 128 MiB at the very worst
GZIP_MAGIC: Final = b"\x1f\x8b"
ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
BOM: Final = b"\xef\xbb\xbf"


class Readable(Protocol):
    """What lines are cut from: `read1` gives some bytes, none at the end."""

    def read1(self, size: int = -1, /) -> bytes: ...


class BrokenFile(Exception):
    """The packed file ends too early or is damaged; everything before that was given out."""


class _Zstd:
    """The bytes of any number of zstd frames; an unfinished last frame raises EOFError."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._begun = False

    def read1(self, _size: int = -1, /) -> bytes:
        """Some bytes, at least one before the end; small pieces bound what one unpacks to."""
        while piece := self._next_piece():
            if found := self._frame.decompress(piece):
                return found
        if self._begun:
            raise EOFError("the zstd frame ended before its end mark")
        return b""

    def _next_piece(self) -> bytes:
        left = b""
        if self._frame.eof:
            left = self._frame.unused_data
            self._frame = zstandard.ZstdDecompressor().decompressobj()
            self._begun = False
        piece = left or self._packed.read(ZSTD_PIECE_BYTES)
        self._begun = self._begun or bool(piece)
        return piece


class LoadFile:
    """One file, open for reading; `done_bytes` of its `size_bytes` on disk were read so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size_bytes = path.stat().st_size
        self._disk = path.open("rb", buffering=0)
        self._bytes = _unpacked(io.BufferedReader(self._disk, CHUNK_BYTES))

    @property
    def done_bytes(self) -> int:
        """Bytes of the file on disk, packed as they are, that were read so far."""
        return self._disk.tell()

    def lines(self) -> Iterator[bytes]:
        """The lines without their ends; raises BrokenFile where the packed file is damaged."""
        try:
            yield from lines_of(self._bytes)
        except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as error:
            raise BrokenFile(str(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._disk.close()


def _unpacked(disk: io.BufferedReader) -> Readable:
    start = disk.peek(4)[:4]
    if start.startswith(GZIP_MAGIC):
        return gzip.GzipFile(fileobj=disk, mode="rb")
    if start == ZSTD_MAGIC:
        return _Zstd(disk)
    return disk


def lines_of(source: Readable) -> Iterator[bytes]:
    """Cut bytes at line feeds, without a byte order mark and carriage returns at line ends.

    A line longer than MAX_LINE_BYTES comes as its first MAX_LINE_BYTES + 1 bytes.
    """
    lines = _split(source)
    for first in lines:
        yield first.removeprefix(BOM)
        break
    yield from lines


def _split(source: Readable) -> Iterator[bytes]:
    rest = b""
    while chunk := source.read1(CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield _cut(line)
        rest = rest[: MAX_LINE_BYTES + 1]
    if rest:
        yield _cut(rest)


def _cut(line: bytes) -> bytes:
    return line.removesuffix(b"\r")[: MAX_LINE_BYTES + 1]
