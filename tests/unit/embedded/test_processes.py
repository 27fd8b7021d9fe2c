"""Supervised children: ready or reported, stopped in time, and gone when their parent is."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from streams.embedded.processes import Child, ChildError, Supervisor, uninterrupted
from tests.processes import STUBBORN, WAITING, is_running, python_program, wait_until

ROOT = Path(__file__).parents[3]
WITH_CHILD = f"""
import subprocess
child = subprocess.Popen([sys.executable, "-c", "{WAITING}"])
ready(str(child.pid))
{WAITING}
"""
PARENT = """
import os, sys
from pathlib import Path
from streams.embedded.processes import Supervisor
from tests.processes import python_program
from tests.unit.embedded.test_processes import WITH_CHILD

folder = Path(sys.argv[1])
with Supervisor() as supervisor:
    child = supervisor.start(python_program(folder, WITH_CHILD))
    supervisor.wait_until_ready(child)
    (folder / "child").write_text(str(child.pid))
    (folder / "up").touch()
    sys.stdin.read()
"""


def started(supervisor: Supervisor, folder: Path, code: str, **changes: object) -> Child:
    child = supervisor.start(python_program(folder, code, **changes))
    supervisor.wait_until_ready(child)
    return child


def test_a_child_is_waited_for_until_it_is_ready(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        child = started(supervisor, tmp_path, f"ready(); {WAITING}")
        assert (tmp_path / "ready").exists()
        assert child.exit_code is None


def test_a_child_that_ends_before_it_is_ready_is_reported_with_the_tail_of_its_log(
    tmp_path: Path,
) -> None:
    with Supervisor() as supervisor, pytest.raises(ChildError) as caught:
        started(supervisor, tmp_path, "print('no such port'); sys.exit(3)")
    assert str(caught.value) == (
        f"part ended unexpectedly, with exit code 3\n{tmp_path}/part.log:\nno such port"
    )


def test_a_child_that_is_not_ready_in_time_is_reported(tmp_path: Path) -> None:
    with Supervisor() as supervisor, pytest.raises(ChildError, match=r"not ready within 0\.1 s"):
        started(supervisor, tmp_path, WAITING, ready_within_s=0.1)


def test_a_child_that_dies_later_is_found_and_named(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        child = started(supervisor, tmp_path, f"ready(); {WAITING}")
        os.kill(child.pid, signal.SIGKILL)
        wait_until(lambda: child.exit_code is not None)
        with pytest.raises(ChildError, match="part ended unexpectedly, by signal SIGKILL"):
            supervisor.check()


def test_a_child_that_was_killed_on_purpose_is_not_missed(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        child = started(supervisor, tmp_path, f"ready(); {WAITING}")
        child.kill()
        supervisor.forget(child)
        supervisor.check()


def test_a_child_that_does_not_heed_sigterm_is_killed(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        child = started(supervisor, tmp_path, f"{STUBBORN} ready(); {WAITING}", stop_within_s=0.2)
    assert child.exit_code == -signal.SIGKILL


def test_leaving_ends_what_a_child_started_too(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        child = started(supervisor, tmp_path, WITH_CHILD)
        grandchild = int((tmp_path / "ready").read_text())
    assert child.exit_code is not None
    wait_until(lambda: not is_running(grandchild))


def test_a_start_that_fails_leaves_no_child(tmp_path: Path) -> None:
    fine, broken = tmp_path / "fine", tmp_path / "broken"
    fine.mkdir()
    broken.mkdir()
    with pytest.raises(ChildError, match="exit code 1"), Supervisor() as supervisor:
        child = started(supervisor, fine, WITH_CHILD)
        started(supervisor, broken, "sys.exit(1)")
    assert child.exit_code is not None
    assert not is_running(child.pid)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_child_outlives_its_parent_however_it_ends(
    tmp_path: Path, number: signal.Signals
) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    wait_until((tmp_path / "up").exists)
    child, grandchild = (int((tmp_path / name).read_text()) for name in ("child", "ready"))
    assert is_running(child)
    assert is_running(grandchild)

    parent.send_signal(number)
    parent.communicate()

    wait_until(lambda: not is_running(child))
    wait_until(lambda: not is_running(grandchild))


def test_the_log_of_the_last_start_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        for text in ("first", "second"):
            child = started(
                supervisor, tmp_path, f"print({text!r}, flush=True); ready(); {WAITING}"
            )
            supervisor.stop(child)
            (tmp_path / "ready").unlink()
    assert (tmp_path / "part.log").read_text() == "second\n"
    assert (tmp_path / "part.log.1").read_text() == "first\n"


def test_an_interrupt_while_a_child_is_being_started_waits_until_the_child_is_known() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        signal.raise_signal(signal.SIGINT)
        done.append("started")
    assert done == ["started"]


def test_a_block_that_nothing_interrupts_leaves_the_signals_as_they_were() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with uninterrupted():
        pass
    assert signal.getsignal(signal.SIGTERM) is before
