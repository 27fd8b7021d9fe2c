"""The bytes of files as lines."""

import gzip
import io
from pathlib import Path

import pytest
import zstandard

from streams.load.files import MAX_LINE_BYTES, BrokenFile, LoadFile, lines_of

TEXT = b"".join(b"line %d of a file\n" % number for number in range(50_000))


def packed(how: str) -> bytes:
    """TEXT, packed."""
    zstd = zstandard.ZstdCompressor()
    return {
        "plain": lambda: TEXT,
        "gzip": lambda: gzip.compress(TEXT),
        "gzip, two members": lambda: gzip.compress(TEXT[:7_000]) + gzip.compress(TEXT[7_000:]),
        "zstd": lambda: zstd.compress(TEXT),
        "zstd, two frames": lambda: zstd.compress(TEXT[:7_000]) + zstd.compress(TEXT[7_000:]),
    }[how]()


@pytest.mark.parametrize("how", ["plain", "gzip", "gzip, two members", "zstd", "zstd, two frames"])
def test_a_file_is_unpacked_by_what_it_is_and_not_by_its_name(tmp_path: Path, how: str) -> None:
    path = tmp_path / "some.csv"
    path.write_bytes(packed(how))
    with LoadFile(path) as opened:
        assert list(opened.lines()) == TEXT.splitlines()
        assert opened.done_bytes == opened.size_bytes == path.stat().st_size


@pytest.mark.parametrize("how", ["gzip", "zstd"])
def test_a_file_that_ends_too_early_gives_what_it_has_and_breaks(tmp_path: Path, how: str) -> None:
    path = tmp_path / "some.csv"
    whole = packed(how)
    path.write_bytes(whole[: len(whole) // 2])
    read: list[bytes] = []
    with LoadFile(path) as opened, pytest.raises(BrokenFile, match="ended before"):
        for line in opened.lines():
            read.append(line)
    assert len(read) > 10_000
    assert read == TEXT.splitlines()[: len(read)]


@pytest.mark.parametrize("how", ["gzip", "zstd"])
def test_a_damaged_file_breaks(tmp_path: Path, how: str) -> None:
    path = tmp_path / "some.csv"
    whole = bytearray(packed(how))
    middle = len(whole) // 2
    whole[middle : middle + 64] = bytes(64)
    path.write_bytes(whole)
    with LoadFile(path) as opened, pytest.raises(BrokenFile):
        list(opened.lines())


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"\n", [b""]),
        (b"a", [b"a"]),
        (b"a\nb\n", [b"a", b"b"]),
        (b"a\r\nb", [b"a", b"b"]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb", [b"a", b"\xef\xbb\xbfb"]),
        (b"\xef\xbb\xbfa", [b"a"]),
        (b"\xef\xbb\xbf", [b""]),
        (b"a\rb\n", [b"a\rb"]),
    ],
)
def test_lines_end_at_line_feeds(content: bytes, lines: list[bytes]) -> None:
    assert list(lines_of(io.BytesIO(content))) == lines


def test_a_line_too_long_is_cut_and_the_next_is_whole() -> None:
    content = b"x" * (3 * MAX_LINE_BYTES) + b"\nnext\n" + b"y" * (2 * MAX_LINE_BYTES)
    cut = MAX_LINE_BYTES + 1
    assert list(lines_of(io.BytesIO(content))) == [b"x" * cut, b"next", b"y" * cut]
