"""Home: the folder with a stack's data; one stack at a time, and others can find it."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from streams.clock import monotonic_s
from streams.settings import RunningStack, Settings

LEFT_ALONE_S = 15.0  # a stack that was killed ends its processes within this time
LOOK_AGAIN_S = 0.1


class HomeError(RuntimeError):
    """The folder cannot be used."""


@contextmanager
def claimed(home: Path) -> Iterator[int]:
    """Hold the home; the descriptor is the lock, and who inherits it holds the home too."""
    home.mkdir(parents=True, exist_ok=True)
    lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(lock, home)
        yield lock
    finally:
        os.close(lock)


def _take(lock: int, home: Path) -> None:
    started_s = monotonic_s()
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _read_pid(lock)
            if is_alive(holder) or monotonic_s() - started_s > LEFT_ALONE_S:
                raise HomeError(
                    f"{home} is in use by the stack of process {holder}: "
                    "stop that one, or choose another folder with --home"
                ) from None
            time.sleep(LOOK_AGAIN_S)
        else:
            os.truncate(lock, 0)
            os.pwrite(lock, str(os.getpid()).encode(), 0)
            return


def _read_pid(lock: int) -> int:
    return int(os.pread(lock, 32, 0) or 0)


def is_alive(pid: int) -> bool:
    """Does this process exist?"""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def announced(settings: Settings) -> Iterator[None]:
    """While this lasts, commands that are told no address use the stack of these settings."""
    file = settings.home / "stack.json"
    stack = RunningStack(os.getpid(), settings.environment())
    partial = file.with_suffix(".partial")
    partial.touch(0o600)
    partial.write_bytes(msgspec.json.encode(stack))
    partial.replace(file)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
