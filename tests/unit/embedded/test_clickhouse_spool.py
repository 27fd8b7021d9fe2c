"""Spool: a file with the rows of one insert and never those of the one before."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.embedded.clickhouse.spool import Spool


@pytest.fixture
def spool() -> Iterator[Spool]:
    opened = Spool()
    yield opened
    opened.close()


def test_flushed_parts_stand_in_the_file_in_order(spool: Spool) -> None:
    spool.write(b"one ")
    spool.write(b"two")
    spool.flush()

    assert Path(spool.path).read_bytes() == b"one two"
    assert spool.size_bytes == 7


def test_a_cleared_spool_holds_only_what_comes_after(spool: Spool) -> None:
    spool.write(b"a long insert")
    spool.flush()
    spool.clear()
    spool.write(b"short")
    spool.flush()

    assert Path(spool.path).read_bytes() == b"short"


def test_what_was_not_flushed_is_cleared_too(spool: Spool) -> None:
    spool.write(b"of a client that left")
    spool.clear()
    spool.flush()

    assert Path(spool.path).read_bytes() == b""
    assert spool.size_bytes == 0


def test_a_closed_spool_leaves_no_file() -> None:
    spool = Spool()
    spool.close()

    assert not Path(spool.path).exists()
