"""Stores: a partition's state is that of its offset, wherever it comes from, or none at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import obstore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from obstore.store import LocalStore, MemoryStore, ObjectStore

from streams import metrics
from streams.codec.rows import Place
from streams.domain.fold import fold
from streams.domain.visitor import Visitor
from streams.worker.archive import KEPT, ArchiveUrlError, open_archive
from streams.worker.memory import Memory
from streams.worker.store import DamagedError, RocksStore, StoreError
from streams.worker.stores import Stores
from tests.builders import LIMITS, interaction, stamped

PLACE = Place("interactions", 3, 1)
LOG = [interaction(f"e{number}", visitor=f"v{number % 7}") for number in range(60)]
"""A partition's log: the record at offset n is the n-th."""


def state_at(offset: int) -> dict[int, Visitor]:
    """What the fold remembers of the records below an offset."""
    visitors: dict[int, Visitor] = {}
    fold(stamped(LOG[:offset]).steps, visitors, LIMITS)
    return visitors


def known(store: RocksStore) -> dict[int, Visitor]:
    """All visitors of the log that a store knows."""
    return dict(store.load(state_at(len(LOG))))


def advance(store: RocksStore, *ends: int) -> None:
    """Batch after batch, as a lane does it."""
    for end in ends:
        steps = stamped(LOG[store.offset : end]).steps
        facts = fold(steps, store.load(step[0] for step in steps), LIMITS)
        store.save(facts.changed, end)


class Worker:
    """One worker's folder, and the archive that it shares with others."""

    def __init__(self, folder: Path, archive: ObjectStore | None = None) -> None:
        self.folder = folder / "interactions-3"
        self.stores = Stores(folder, Memory(4), archive, every_s=0, worth_fetching=10)

    def open(self, committed: int, place: Place = PLACE) -> RocksStore:
        """The partition's store."""
        return self.stores.open(place, committed)

    def run(self, *ends: int) -> None:
        """Open, fold, close; a checkpoint is sent after every other batch."""
        store = self.open(ends[0])
        for end in ends:
            advance(store, end)
            for checkpointer in self.stores._checkpointers.values():
                checkpointer.wait()
        store.close()


@pytest.fixture(params=["folder", "memory"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """Where checkpoints go."""
    if request.param == "memory":
        return MemoryStore()
    return LocalStore(tmp_path / "archive", mkdir=True)


def paths(archive: ObjectStore, kind: str) -> list[str]:
    """Of manifests or files, the oldest manifest first."""
    return sorted(
        meta["path"] for chunk in obstore.list(archive) for meta in chunk if kind in meta["path"]
    )


def offsets(archive: ObjectStore) -> list[int]:
    """Of the checkpoints there are, the oldest first."""
    found = [obstore.get(archive, path).bytes() for path in paths(archive, "manifests")]
    return [msgspec.json.decode(bytes(text))["offset"] for text in found]


def change(archive: ObjectStore, path: str, how: Callable[[bytes], bytes]) -> None:
    """Replace an object."""
    obstore.put(archive, path, how(bytes(obstore.get(archive, path).bytes())))


def rewritten(**fields: object) -> Callable[[bytes], bytes]:
    """A manifest that says something else."""
    return lambda text: msgspec.json.encode(msgspec.json.decode(text) | fields)


@pytest.mark.parametrize("committed", [5, 6])
def test_a_store_at_or_behind_the_committed_offset_is_kept(tmp_path: Path, committed: int) -> None:
    worker = Worker(tmp_path)
    worker.run(5)
    store = worker.open(committed)
    assert (store.offset, known(store)) == (5, state_at(5))
    store.close()


def test_a_store_ahead_of_the_committed_offset_is_built_anew(tmp_path: Path) -> None:
    worker = Worker(tmp_path)
    worker.run(5)
    store = worker.open(4)
    assert (store.offset, known(store)) == (0, {})
    store.close()


def test_a_store_of_another_epoch_is_built_anew(tmp_path: Path) -> None:
    worker = Worker(tmp_path)
    worker.run(5)
    store = worker.open(5, PLACE._replace(epoch=2))
    assert (store.offset, known(store)) == (0, {})
    store.close()


def test_a_damaged_store_is_set_aside_and_built_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    worker = Worker(tmp_path)
    worker.run(5)
    (worker.folder / "CURRENT").write_text("nonsense")
    store = worker.open(5)
    assert (store.offset, known(store)) == (0, {})
    store.close()
    (aside,) = tmp_path.glob("interactions-3.damaged-*")
    assert (aside / "CURRENT").read_text() == "nonsense"
    assert "CURRENT" in caplog.text


def test_a_store_that_could_not_be_read_is_set_aside_when_it_is_opened_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    worker = Worker(tmp_path)
    store = worker.open(5)
    store.save({key: Visitor(ring=bytes(8)) for key in range(10_000)}, 5)
    store.close()
    table = max(worker.folder.glob("*.sst"), key=lambda path: path.stat().st_size)
    table.write_bytes(harmed(table.read_bytes(), "flip at 64"))
    store = worker.open(5)
    with pytest.raises(DamagedError, match="checksum"):
        store.load(range(10_000))
    store._db.close()
    again = worker.open(5)
    assert (again.offset, known(again)) == (0, {})
    again.close()
    assert "checksum" in caplog.text


def test_a_store_of_a_newer_format_is_refused_and_left_alone(tmp_path: Path) -> None:
    worker = Worker(tmp_path)
    store = worker.open(0)
    store._db.put(b"version", b"99")
    store.close()
    with pytest.raises(StoreError, match="expected format 2, found b'99'"):
        worker.open(5)
    assert worker.folder.exists()


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


def every(archive: ObjectStore, kind: str) -> list[obstore.ObjectMeta]:
    """What the archive says of its objects."""
    return [meta for chunk in obstore.list(archive) for meta in chunk if kind in meta["path"]]


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda text: text[: len(text) // 2], "expected a manifest"),
        (lambda _: b"", "expected a manifest"),
        (rewritten(format=2), "expected format 1, found 2"),
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


def harm_object(archive: ObjectStore, path: str, how: str) -> None:
    """Delete, shorten or change one object."""
    if how == "delete":
        obstore.delete(archive, path)
    else:
        change(archive, path, lambda content: harmed(content, how))


def harmed(content: bytes, how: str) -> bytes:
    """Half of it, nothing of it, or all but one byte of it: one in the middle, or an early one."""
    middle = 64 if how == "flip at 64" else len(content) // 2
    if how.startswith("flip") and content:
        return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]
    return content[:middle] if how == "half" else b""


@settings(max_examples=40)
@given(which=st.integers(0, 99), how=st.sampled_from(("delete", "half", "empty", "flip")))
def test_any_damage_to_any_file_of_the_store_never_gives_a_wrong_state(
    stored: Callable[[], Path], which: int, how: str
) -> None:
    folder = stored()
    files = sorted(path for path in (folder / "interactions-3").iterdir() if path.is_file())
    file = files[which % len(files)]
    if how == "delete":
        file.unlink()
    else:
        file.write_bytes(harmed(file.read_bytes(), how))
    store = Worker(folder).open(committed=40)
    try:
        found = known(store)
    except Exception as error:
        assert "Corruption" in str(error)
    else:
        assert found == state_at(store.offset)
    store._db.close()


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """A fresh copy of a worker's folder, at every call."""
    whole = tmp_path_factory.mktemp("whole")
    worker = Worker(whole / "a")
    worker.run(10, 20)
    worker.run(25, 30)

    def copy() -> Path:
        folder = tmp_path_factory.mktemp("copy") / "a"
        shutil.copytree(whole / "a", folder)
        return folder

    return copy


def failures() -> float:
    """Checkpoints that failed in this process."""
    return metrics.WORKER_CHECKPOINT_FAILURES._value.get()


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
