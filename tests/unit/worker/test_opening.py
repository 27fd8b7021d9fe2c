"""Opening: all folds or none, in threads, and none is left open when nobody waits for it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from streams.codec.rows import Place
from streams.worker.opening import open_folds
from streams.worker.store import StoreError
from tests.fakes.lane import FakeFold, Trace
from tests.loops import on_a_loop

ZERO, ONE = Place("interactions", 0, 1), Place("interactions", 1, 1)


class ClosableFold(FakeFold):
    """Knows whether it was closed."""

    def __init__(self, stored: int) -> None:
        super().__init__(Trace(), stored)
        self.closed = False

    def close(self) -> None:
        """Note it."""
        self.closed = True


class Doors:
    """Opens folds once it may."""

    def __init__(self) -> None:
        self.opened: list[ClosableFold] = []
        self.begun, self.may = threading.Event(), threading.Event()

    def open(self, place: Place, committed: int) -> ClosableFold:
        """Wait, open; partition 1 with an offset of 13 never opens."""
        self.begun.set()
        assert self.may.wait(10)
        if (place, committed) == (ONE, 13):
            raise StoreError("of a newer version")
        self.opened.append(ClosableFold(committed))
        return self.opened[-1]


@on_a_loop
async def test_the_loop_runs_on_while_folds_are_opened() -> None:
    doors = Doors()
    opening = asyncio.create_task(open_folds(doors.open, {ZERO: 5, ONE: 7}))
    await asyncio.to_thread(doors.begun.wait, 10)
    assert not opening.done()
    doors.may.set()
    folds = await opening
    assert {place: fold.offset for place, fold in folds.items()} == {ZERO: 5, ONE: 7}


@on_a_loop
async def test_when_one_cannot_be_opened_the_others_are_closed() -> None:
    doors = Doors()
    doors.may.set()
    with pytest.raises(StoreError, match="of a newer version"):
        await open_folds(doors.open, {ZERO: 5, ONE: 13})
    assert [fold.closed for fold in doors.opened] == [True]


@on_a_loop
async def test_when_nobody_waits_any_more_what_was_opened_is_closed() -> None:
    doors = Doors()
    opening = asyncio.create_task(open_folds(doors.open, {ZERO: 5, ONE: 7}))
    await asyncio.to_thread(doors.begun.wait, 10)
    opening.cancel()
    doors.may.set()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert [fold.closed for fold in doors.opened] == [True, True]
