"""The inbox: fetched records of one partition, in order and without a hole."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from streams.codec.batch import Record


class Inbox:
    """Takes what the consumer fetched, gives out batches; knows which offset comes next."""

    def __init__(self, position: int, room: int, taken: Callable[[], None]) -> None:
        self.position = position
        self._room, self._taken = room, taken
        self._fetches: deque[Sequence[Record]] = deque()
        self._count = 0
        self._arrived = asyncio.Event()
        self._closed = False

    @property
    def hungry(self) -> bool:
        """Whether there is room for another fetch."""
        return self._count < self._room

    def put(self, records: Sequence[Record]) -> int | None:
        """Take a fetch; the offset to read from when these are not the records that come next."""
        if records[0].offset > self.position:
            return self.position
        fresh = records
        if records[0].offset < self.position:
            fresh = [record for record in records if record.offset >= self.position]
        if fresh:
            self._fetches.append(fresh)
            self._count += len(fresh)
            self.position = fresh[-1].offset + 1
            self._arrived.set()
        return None

    def close(self) -> None:
        """Give out nothing more; whoever waits gets nothing."""
        self._closed = True
        self._arrived.set()

    async def take(self, most: int, age_s: float) -> list[Record]:
        """Up to `most` records: as soon as there are so many, or what came within `age_s`."""
        try:
            async with asyncio.timeout(age_s):
                while self._count < most and not self._closed:
                    await self._arrival()
        except TimeoutError:
            pass
        return [] if self._closed else self._pop(most, None)

    async def take_until(self, end: int, most: int) -> list[Record]:
        """The next `most` records below `end`, all of them if fewer; nothing when closed.

        `end` is one past a record that exists, so that the last one is waited for.
        """
        taken: list[Record] = []
        while len(taken) < most and not (taken and taken[-1].offset + 1 >= end):
            while not self._fetches and not self._closed:
                await self._arrival()
            if self._closed:
                return []
            taken += self._pop(most - len(taken), end)
        return taken

    async def _arrival(self) -> None:
        self._arrived.clear()
        await self._arrived.wait()

    def _pop(self, most: int, end: int | None) -> list[Record]:
        taken: list[Record] = []
        while self._fetches and len(taken) < most:
            fetch = self._fetches.popleft()
            room = most - len(taken)
            if end is not None:
                room = min(room, sum(record.offset < end for record in fetch))
            taken += fetch[:room]
            if room < len(fetch):
                self._fetches.appendleft(fetch[room:])
                break
        self._count -= len(taken)
        self._taken()
        return taken
