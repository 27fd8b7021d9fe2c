"""Checkpoints: another worker goes on from the newest that can be trusted, or from none."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import obstore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from obstore.store import LocalStore, MemoryStore, ObjectStore

from streams.worker.archive import KEPT, ArchiveUrlError, open_archive
from tests.unit.worker.partition import (
    Worker,
    advance,
    change,
    every,
    failures,
    harm_object,
    known,
    offsets,
    paths,
    rewritten,
    state_at,
)


@pytest.fixture(params=["folder", "memory"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """Where checkpoints go."""
    if request.param == "memory":
        return MemoryStore()
    return LocalStore(tmp_path / "archive", mkdir=True)


def test_another_worker_goes_on_from_the_newest_checkpoint(
    tmp_path: Path, archive: ObjectStore
) -> None:
    Worker(tmp_path / "a", archive).run(10, 20, 30, 40)
    other = Worker(tmp_path / "b", archive)
    store = other.open(committed=40)
    assert (store.offset, known(store)) == (30, state_at(30))
    advance(store, 45)
    store.close()
    again = other.open(committed=45)
    assert (again.offset, known(again)) == (45, state_at(45))
    again.close()


def test_a_checkpoint_beyond_the_committed_offset_is_not_used(
    tmp_path: Path, archive: ObjectStore
) -> None:
    Worker(tmp_path / "a", archive).run(10, 20, 30, 40)
    store = Worker(tmp_path / "b", archive).open(committed=25)
    assert (store.offset, known(store)) == (10, state_at(10))
    store.close()


@pytest.mark.parametrize(("local", "expected"), [(15, 30), (25, 25)])
def test_a_store_that_is_far_behind_is_replaced(
    tmp_path: Path, archive: ObjectStore, local: int, expected: int
) -> None:
    Worker(tmp_path / "a", archive).run(10, 20, 30, 40)
    Worker(tmp_path / "b").run(local)
    store = Worker(tmp_path / "b", archive).open(committed=40)
    assert (store.offset, known(store)) == (expected, state_at(expected))
    store.close()


def test_the_newest_checkpoints_are_kept(tmp_path: Path, archive: ObjectStore) -> None:
    Worker(tmp_path / "a", archive).run(*range(5, 60, 5))
    assert offsets(archive) == [25, 35, 45][-KEPT:]


def test_a_file_that_is_there_is_not_sent_again(tmp_path: Path, archive: ObjectStore) -> None:
    worker = Worker(tmp_path / "a", archive)
    worker.run(10, 20)
    before = {meta["path"]: meta["last_modified"] for meta in every(archive, "files")}
    worker.run(30, 40)
    after = {meta["path"]: meta["last_modified"] for meta in every(archive, "files")}
    shared = before.keys() & after.keys()
    assert shared
    assert {path: before[path] for path in shared} == {path: after[path] for path in shared}


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda text: text[: len(text) // 2], "expected a manifest"),
        (lambda _: b"", "expected a manifest"),
        (rewritten(format=3), "expected format 2, found 3"),
        (rewritten(epoch=2), "expected Place"),
        (rewritten(topic="rejections"), "expected Place"),
        (rewritten(partition=2), "expected Place"),
        (rewritten(offset=29), "refused: 30"),
        (rewritten(files=[{"name": "../x", "size_bytes": 0, "sha256": "0"}]), "found a path"),
        (rewritten(files=[]), "no format"),
    ],
)
def test_a_manifest_that_cannot_be_trusted_is_refused_for_the_one_before(
    tmp_path: Path,
    archive: ObjectStore,
    harm: Callable[[bytes], bytes],
    reason: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    Worker(tmp_path / "a", archive).run(10, 20, 30, 40)
    change(archive, paths(archive, "manifests")[-1], harm)
    store = Worker(tmp_path / "b", archive).open(committed=40)
    assert (store.offset, known(store)) == (10, state_at(10))
    assert reason in caplog.text
    store.close()


@settings(max_examples=40)
@given(which=st.integers(0, 99), how=st.sampled_from(("delete", "half", "empty", "flip")))
def test_any_damage_to_any_file_of_a_checkpoint_never_gives_a_wrong_state(
    archived: Callable[[], tuple[ObjectStore, Path]], which: int, how: str
) -> None:
    archive, folder = archived()
    found = paths(archive, "/")
    harm_object(archive, found[which % len(found)], how)
    store = Worker(folder, archive).open(committed=40)
    assert known(store) == state_at(store.offset)
    advance(store, 60)
    assert known(store) == state_at(60)
    store.close()


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], tuple[ObjectStore, Path]]:
    """A fresh copy of an archive with two checkpoints, and an empty folder, at every call."""
    whole = tmp_path_factory.mktemp("whole")
    Worker(whole / "a", LocalStore(whole / "archive", mkdir=True)).run(10, 20, 30, 40)

    def copy() -> tuple[ObjectStore, Path]:
        folder = tmp_path_factory.mktemp("copy")
        shutil.copytree(whole / "archive", folder / "archive")
        return LocalStore(folder / "archive"), folder / "b"

    return copy


def test_an_archive_that_is_away_stops_nobody(tmp_path: Path) -> None:
    gone = tmp_path / "archive"
    worker = Worker(tmp_path / "a", LocalStore(gone, mkdir=True))
    gone.rmdir()
    gone.write_text("a file where the folder was")
    before = failures()
    worker.run(10, 20, 30, 40)
    assert failures() > before
    store = worker.open(40)
    assert (store.offset, known(store)) == (40, state_at(40))
    store.close()


def test_what_is_left_of_a_copy_does_not_stop_the_next_one(
    tmp_path: Path, archive: ObjectStore
) -> None:
    (tmp_path / "a" / "interactions-3.links").mkdir(parents=True)
    Worker(tmp_path / "a", archive).run(10, 20)
    assert offsets(archive) == [10]
    assert list((tmp_path / "a").glob("*.links")) == []


@pytest.mark.parametrize("url", ["folder", "file://{}/folder", "{}/folder"])
def test_a_folder_is_an_archive(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    obstore.put(open_archive(url.format(tmp_path)), "x", b"1")
    assert (tmp_path / "folder" / "x").read_bytes() == b"1"


def test_an_address_of_something_else_is_refused() -> None:
    with pytest.raises(ArchiveUrlError, match="expected a folder or s3://bucket/prefix"):
        open_archive("ftp://host/folder")


@settings(max_examples=20)
@given(ends=st.sets(st.integers(1, 60), min_size=2), cut=st.integers(1, 60))
def test_an_old_checkpoint_and_catching_up_give_the_same_state(
    tmp_path_factory: pytest.TempPathFactory, ends: Iterable[int], cut: int
) -> None:
    archive = MemoryStore()
    folder = tmp_path_factory.mktemp("w")
    Worker(folder / "a", archive).run(*sorted(ends))
    store = Worker(folder / "b", archive).open(committed=cut)
    assert store.offset <= cut
    assert known(store) == state_at(store.offset)
    advance(store, 60)
    assert known(store) == state_at(60)
    store.close()
