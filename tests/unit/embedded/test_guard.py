"""The guard: which groups are left when the pipe closes, and that each of them ends."""

import signal
import subprocess
import sys

from streams.embedded.guard import end_groups, groups_left, send
from tests.processes import STUBBORN, WAITING


def group(code: str) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-c", f"{code}print(flush=True); {WAITING}"],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_groups_that_ended_are_left_out_and_the_latest_comes_first() -> None:
    assert groups_left(["+10\n", "+11\n", "+12\n", "-11\n"]) == (12, 10)


def test_a_group_that_heeds_sigterm_ends_by_it() -> None:
    process = group("")
    send(process.pid, signal.SIGTERM)
    assert process.wait() == -signal.SIGTERM
    assert not send(process.pid, 0)


def test_a_group_that_does_not_is_killed() -> None:
    process = group(STUBBORN)
    end_groups([process.pid], grace_s=0.1)
    assert process.wait() == -signal.SIGKILL


def test_a_group_that_is_gone_already_costs_no_time() -> None:
    process = group("")
    process.kill()
    process.wait()
    end_groups([process.pid])
