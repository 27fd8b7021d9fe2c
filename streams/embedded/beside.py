"""Beside: runs one command against a stack, in the same terminal, while the stack is whole."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from streams.embedded import guard
from streams.embedded.processes import uninterrupted
from streams.embedded.stack import Stack

LOOK_S = 0.2
STOP_S = 10
INTERRUPTED = 130


def run_beside(stack: Stack, command: Sequence[str]) -> int:
    """The command's exit code as a shell tells it; ChildError when a part of the stack ends.

    On a terminal the command shares our process group, so that Ctrl-C reaches it. Elsewhere it has
    one of its own, which is ended as a whole.
    """
    own_group = not sys.stdin.isatty()
    with ExitStack() as ends:
        try:
            with uninterrupted():
                process = subprocess.Popen(
                    command, env=environment_of(stack), process_group=0 if own_group else None
                )
                if own_group:
                    ends.enter_context(stack.guarding(process.pid))
                ends.callback(_end, process, whole_group=own_group)
            return _shell_code(_watch(stack, process))
        except KeyboardInterrupt:
            return INTERRUPTED


def environment_of(stack: Stack) -> dict[str, str]:
    """What points every `stepthree` command at the stack, and finds this installation's command."""
    environment = stack.settings.child_environment()
    here = str(Path(sys.executable).parent)
    return environment | {"PATH": f"{here}:{environment.get('PATH', '')}"}


def _watch(stack: Stack, process: "subprocess.Popen[bytes]") -> int:
    while True:
        try:
            return process.wait(LOOK_S)
        except subprocess.TimeoutExpired:
            stack.check()


def _end(process: "subprocess.Popen[bytes]", *, whole_group: bool) -> None:
    """SIGTERM, and SIGKILL when that is not enough; of a group, all that is left of it."""
    if whole_group:
        guard.send(process.pid, signal.SIGTERM)
    else:
        process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if whole_group:
        guard.end_groups([process.pid])


def _shell_code(code: int) -> int:
    return code if code >= 0 else 128 - code
