"""Processes for tests: small Python programs, and waiting on what becomes of them."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from streams.embedded.processes import Program

STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
WAITING = "import time; time.sleep(60)"


def python_program(folder: Path, code: str, **changes: object) -> Program:
    """A program that is Python code; by default ready once it calls `ready()`."""
    values: Mapping[str, object] = {
        "name": "part",
        "arguments": (sys.executable, "-c", f"{READY}\n{code}", str(folder / "ready")),
        "environment": {},
        "log": folder / "part.log",
        "is_ready": (folder / "ready").exists,
        "ready_within_s": 20,
        "stop_within_s": 5,
    }
    return Program(**{**values, **changes})  # type: ignore[arg-type] - checked by the dataclass's callers


READY = """
import sys
def ready(text=""):
    import pathlib
    partial = pathlib.Path(sys.argv[1] + ".partial")
    partial.write_text(text)
    partial.rename(sys.argv[1])
"""


def is_running(pid: int) -> bool:
    """Does the process exist, and is it more than an entry that nobody collected?"""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return state != "" and not state.startswith("Z")


def wait_until(condition: Callable[[], bool], within_s: float = 20) -> None:
    """Return as soon as the condition holds; AssertionError when it does not in time."""
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until, f"not so within {within_s} s"
        time.sleep(0.02)
