"""Durable: a file's or a folder's name survives a power loss once the folder it is in is synced."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def sync_folder(folder: Path, sync: Callable[[int], None] = os.fsync) -> None:
    """The names in a folder are durable on return. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path, sync: Callable[[Path], None] = sync_folder) -> None:
    """Make a folder and what is missing above it; all their names are durable. Raises OSError."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in reversed(missing):
        sync(each.parent)


def write_file(path: Path, content: bytes) -> None:
    """Write a whole file into a folder, made when there is none; durable. Raises OSError."""
    make_folder(path.parent)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
