"""Folders: no two processes share a spool, and one that was left is found."""

from pathlib import Path

import pytest

from streams.collector.spool.folders import SpoolError, claim_left, claim_own, needed
from streams.collector.spool.store import Store
from tests.unit.collector.spool_records import MANY_BYTES, frames


def test_each_process_has_a_folder_of_its_own(tmp_path: Path) -> None:
    first, second = claim_own(tmp_path), claim_own(tmp_path)

    assert (first.folder, second.folder) == (tmp_path / "0", tmp_path / "1")
    first.release()
    assert claim_own(tmp_path).folder == tmp_path / "0"
    second.release()


def test_only_a_spool_with_records_and_without_a_process_is_left(tmp_path: Path) -> None:
    claims = [claim_own(tmp_path) for _ in range(3)]
    for claim in claims[:2]:
        Store(claim.folder, MANY_BYTES).append(frames([1]))
    for claim in claims[1:]:
        claim.release()

    (found,) = claim_left(tmp_path)

    assert found.folder == tmp_path / "1"
    found.release()
    claims[0].release()


def test_without_a_folder_nothing_is_left(tmp_path: Path) -> None:
    assert list(claim_left(tmp_path / "none")) == []


def test_a_folder_that_cannot_be_made_says_which_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with (
        pytest.raises(SpoolError, match="found Not a directory; set STEPTHREE_SPOOL"),
        needed(tmp_path / "file"),
    ):
        claim_own(tmp_path / "file")
