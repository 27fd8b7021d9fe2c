"""Processes: a supervised child has a log, a time to be ready by, and never outlives its parent.

Each child leads a process group of its own. A guard process ends the groups when this process is
gone; on Linux the kernel asks each child to end as well. Start children from a thread that stays:
to the kernel, the thread that started a child is its parent.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from streams.clock import monotonic_s
from streams.embedded import guard

LOOK_AGAIN_S = 0.02
TAIL_LINES = 20
PR_SET_PDEATHSIG = 1
INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class ChildError(RuntimeError):
    """A child ended by itself or was not ready in time; the text ends with the tail of its log."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to start: `is_ready` is asked until it says yes, at most `ready_within_s`."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    is_ready: Callable[[], bool]
    ready_within_s: float = 60
    stop_within_s: float = 10


class Child:
    """One started program; its pid is also its process group."""

    def __init__(self, program: Program, process: "subprocess.Popen[bytes]") -> None:
        self.program = program
        self.pid = process.pid
        self._process = process

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: ended by that signal."""
        return self._process.poll()

    def ask_to_stop(self) -> None:
        """SIGTERM, to the program alone: it ends its own children."""
        if self.exit_code is None:
            self._process.terminate()

    def wait(self) -> int:
        """Its exit code; whatever is left of its group, or does not end in time, is killed."""
        try:
            return self._process.wait(self.program.stop_within_s)
        except subprocess.TimeoutExpired:
            return self.kill()
        finally:
            guard.send(self.pid, signal.SIGKILL)

    def kill(self) -> int:
        """SIGKILL to the whole group; returns when the program is gone."""
        guard.send(self.pid, signal.SIGKILL)
        return self._process.wait()

    def tail(self) -> str:
        """The last lines of its log."""
        text = self.program.log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-TAIL_LINES:]) or "(nothing was logged)"

    def error(self, what: str) -> ChildError:
        """What happened, where the log is, and how it ends."""
        return ChildError(f"{self.program.name} {what}\n{self.program.log}:\n{self.tail()}")


class Supervisor:
    """Starts, watches and stops children; use as a context, which ends whatever still runs."""

    def __init__(self, keep_open: Sequence[int] = ()) -> None:
        """`keep_open`: descriptors that stay open until the last child is gone, such as a lock."""
        self._children: list[Child] = []
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=keep_open,
            start_new_session=True,
        )

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self, program: Program) -> Child:
        """Start a program without waiting for it; its last log is kept beside as `.1`."""
        program.log.parent.mkdir(parents=True, exist_ok=True)
        if program.log.exists():
            program.log.replace(program.log.with_suffix(program.log.suffix + ".1"))
        with program.log.open("wb") as log, uninterrupted():
            process = subprocess.Popen(
                program.arguments,
                env=program.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent if LIBC else None,  # noqa: PLW1509 - one call into libc, loaded before
            )
            self._tell(f"+{process.pid}")
            child = Child(program, process)
            self._children.append(child)
        return child

    def wait_until_ready(self, *children: Child) -> None:
        """Return when all are ready; ChildError when one ends or takes too long."""
        started_s = monotonic_s()
        for child in children:
            while not child.program.is_ready():
                self.check()
                if monotonic_s() - started_s > child.program.ready_within_s:
                    raise child.error(f"was not ready within {child.program.ready_within_s:g} s")
                time.sleep(LOOK_AGAIN_S)
        self.check()

    def check(self) -> None:
        """ChildError when a child ended that nobody stopped."""
        for child in self._children:
            if child.exit_code is not None:
                raise child.error(f"ended unexpectedly, {_ending(child.exit_code)}")

    def stop(self, *children: Child) -> None:
        """Ask all to stop, then wait for each."""
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.wait()
            self.forget(child)

    def forget(self, child: Child) -> None:
        """The child has ended, as was wanted."""
        self._children.remove(child)
        self._tell(f"-{child.pid}")

    @contextmanager
    def guarding(self, group: int) -> Iterator[None]:
        """While this lasts, a process group that is no child of ours shares the children's end."""
        self._tell(f"+{group}")
        try:
            yield
        finally:
            self._tell(f"-{group}")

    def close(self) -> None:
        """Stop what still runs, latest first, and let the guard go."""
        self.stop(*reversed(self._children))
        if self._guard.stdin is not None:
            with suppress(BrokenPipeError):
                self._guard.stdin.close()
        self._guard.wait()

    def _tell(self, line: str) -> None:
        """A guard that was killed is no reason to fail: it is missed only if we are killed too."""
        if self._guard.stdin is None:
            return
        with suppress(BrokenPipeError):
            self._guard.stdin.write(f"{line}\n".encode())
            self._guard.stdin.flush()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """A signal that comes inside takes effect at the end: a child once started is also known."""
    if threading.current_thread() is not threading.main_thread():  # signals come to the main one
        yield
        return
    came: list[int] = []
    usual = {
        number: signal.signal(number, lambda got, frame: came.append(got)) for number in INTERRUPTS
    }
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
    if came:
        signal.raise_signal(came[0])


def _end_with_parent() -> None:
    """In the child, before its program: SIGTERM when the parent's thread ends."""
    if LIBC is None or LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM) != 0:
        os._exit(127)


def _ending(exit_code: int) -> str:
    if exit_code < 0:
        return f"by signal {signal.Signals(-exit_code).name}"
    return f"with exit code {exit_code}"
