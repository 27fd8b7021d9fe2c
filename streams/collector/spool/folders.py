"""Folders: each process of the collector has a spool of its own, held by a lock that ends with it.

`home/spool/0`, `1`, …: a process takes the first that nobody holds, with what a dead one left in
it. A lock file stays when its spool is empty: deleted, two processes could hold two of one name.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

from streams.collector.spool.aside import SUFFIX
from streams.collector.spool.durable import make_folder, sync_folder

LOCK: Final = "lock"


class SpoolError(RuntimeError):
    """The spool cannot be used as it is set up."""


class Claim:
    """A folder that is ours until `release` or the end of the process."""

    def __init__(self, folder: Path, descriptor: int) -> None:
        self.folder = folder
        self._descriptor = descriptor

    def release(self) -> None:
        """Let another process have it."""
        os.close(self._descriptor)


def claim_own(root: Path, sync: Callable[[Path], None] = sync_folder) -> Claim:
    """The first folder that nobody holds. Raises OSError when none can be made."""
    return next(found for number in count() if (found := _claim(root / str(number), sync)))


@contextmanager
def needed(root: Path) -> Iterator[None]:
    """What cannot be done inside is a SpoolError that names the setting."""
    try:
        yield
    except OSError as error:
        raise SpoolError(
            f"{root}: expected a folder to write to, found {os.strerror(error.errno or 0)};"
            " set STEPTHREE_SPOOL to one, or STEPTHREE_SPOOL_MB=0 to do without"
        ) from error


def claim_left(root: Path) -> Iterator[Claim]:
    """Folders with records whose process is gone. Raises OSError."""
    for folder in sorted(root.glob("[0-9]*")):
        if folder.name.isdecimal() and any(folder.glob(f"*{SUFFIX}")) and (found := _claim(folder)):
            yield found


def _claim(folder: Path, sync: Callable[[Path], None] = sync_folder) -> Claim | None:
    """The folder, made when it is not there; None when a process holds it."""
    make_folder(folder, sync)
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return Claim(folder, descriptor)
