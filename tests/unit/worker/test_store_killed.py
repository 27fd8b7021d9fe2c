"""A store whose process was killed while it saved: its state is exactly that of its offset."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from streams.domain.fold import fold
from streams.domain.visitor import Visitor
from streams.worker.store import RocksStore
from tests.builders import LIMITS, stamped
from tests.unit.worker.saving import record

ROOT = Path(__file__).parents[3]
KILLED_AFTER_S = (0.05, 0.3, 0.11, 0.2)


def state_at(offset: int) -> dict[int, Visitor]:
    """What the fold remembers of the records below an offset."""
    visitors: dict[int, Visitor] = {}
    fold(stamped([record(number) for number in range(offset)]).steps, visitors, LIMITS)
    return visitors


def save_for(folder: Path, seconds: float) -> None:
    """Let another process save, and kill it."""
    command = [sys.executable, "-m", "tests.unit.worker.saving", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"saving\n"
        time.sleep(seconds)  # a moment like any other: nothing is waited for
        process.kill()


def test_killed_at_any_moment_a_store_opens_with_the_state_of_its_offset(tmp_path: Path) -> None:
    folder, before = tmp_path / "s", 0
    for seconds in KILLED_AFTER_S:
        save_for(folder, seconds)
        store = RocksStore(folder)
        assert store.offset >= before
        assert store.load(state_at(store.offset)) == state_at(store.offset)
        before = store.offset
        store.close()
    assert before > 0
