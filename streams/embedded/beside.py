"""Beside: runs one command against a stack, in the same terminal, while the stack is whole."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from streams.embedded.processes import LIBC, end_with_parent
from streams.embedded.stack import Stack

LOOK_S = 0.2
STOP_S = 10
INTERRUPTED = 130


def run_beside(stack: Stack, command: Sequence[str]) -> int:
    """The command's exit code as a shell tells it; ChildError when a part of the stack ends."""
    process = subprocess.Popen(
        command,
        env=environment_of(stack),
        preexec_fn=end_with_parent if LIBC else None,  # noqa: PLW1509 - one call into libc, loaded before
    )
    try:
        return _shell_code(_watch(stack, process))
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        _end(process)


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


def _end(process: "subprocess.Popen[bytes]") -> None:
    """SIGTERM, and SIGKILL when that is not enough."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _shell_code(code: int) -> int:
    return code if code >= 0 else 128 - code
