"""Opening: the folds of several partitions, in threads, since a checkpoint may have to come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

from streams.codec.rows import Place
from streams.worker.folds import PartitionFold


async def open_folds(
    fold_of: Callable[[Place, int], PartitionFold], committed: Mapping[Place, int]
) -> dict[Place, PartitionFold]:
    """All of them at their committed offsets, or none.

    When one cannot be opened, or nobody waits for them any more, the others are closed again: a
    store that nobody holds could not be opened a second time.
    """
    threads = [asyncio.to_thread(fold_of, place, offset) for place, offset in committed.items()]
    opening = asyncio.gather(*threads, return_exceptions=True)
    try:
        found = await asyncio.shield(opening)
    except asyncio.CancelledError:
        _close(await opening)
        raise
    folds: dict[Place, PartitionFold] = {}
    for place, one in zip(committed, found, strict=True):
        if isinstance(one, BaseException):
            _close(found)
            raise one
        folds[place] = one
    return folds


def _close(found: Iterable[PartitionFold | BaseException]) -> None:
    for fold in found:
        if not isinstance(fold, BaseException):
            fold.close()
