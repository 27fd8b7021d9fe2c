"""Stores: a partition's state is that of its offset, or files are refused with the reason."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.domain.visitor import Visitor
from streams.worker.ending import FAILED, REFUSED
from streams.worker.store import DamagedError, StoreError
from tests.unit.worker.partition import PLACE, Worker, harmed, known, state_at

ROOT = Path(__file__).parents[3]
OPEN = """
import sys
from pathlib import Path
from streams.worker.app import _open
from streams.worker.memory import Memory
from streams.worker.stores import Stores
from tests.unit.worker.partition import PLACE
_open(Stores(Path(sys.argv[1]), Memory(4)), PLACE, 0)
"""


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
    with pytest.raises(StoreError, match="expected format 3, found b'99'"):
        worker.open(5)
    assert worker.folder.exists()


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


@pytest.mark.parametrize(("version", "code"), [(b"99", REFUSED), (b"3", FAILED)])
def test_a_worker_that_cannot_open_its_state_ends_and_says_why(
    tmp_path: Path, version: bytes, code: int
) -> None:
    """Of a newer version, or held by another process."""
    worker = Worker(tmp_path)
    store = worker.open(0)
    store._db.put(b"version", version)
    if code == REFUSED:
        store.close()
    ended = subprocess.run(
        [sys.executable, "-c", OPEN, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == code
    assert f"stepthree worker: state in {worker.folder}: expected" in ended.stderr
