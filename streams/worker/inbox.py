"""The inbox: fetched records of one partition, in order and without a hole."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from streams.codec.batch import Record

BATCH_BYTES = 32 << 20  # one INSERT stays one block; a larger one would be split, and not repeat


class Inbox:
    """Takes what the consumer fetched, gives out batches; knows which offset comes next.

    `room`: records it may hold, `batch_bytes`: of values, about, in one batch and as many ahead.
    """

    def __init__(
        self,
        position: int,
        room: int,
        taken: Callable[[], None],
        batch_bytes: int = BATCH_BYTES,
    ) -> None:
        self.position = position
        self.missing = 0  # offsets that were passed, since the log has no records there
        self._room, self._taken, self._batch_bytes = room, taken, batch_bytes
        self._fetches: deque[tuple[Sequence[Record], int]] = deque()
        self._count = self._bytes = 0
        self._arrived = asyncio.Event()
        self._closed = False

    @property
    def hungry(self) -> bool:
        """Whether there is room for another fetch."""
        return self._count < self._room and self._bytes < 2 * self._batch_bytes

    @property
    def is_empty(self) -> bool:
        """Whether it holds no record."""
        return self._count == 0

    def put(self, records: Sequence[Record]) -> int | None:
        """Take a fetch; the offset to read from when these are not the records that come next."""
        if records[0].offset > self.position:
            return self.position
        fresh = records
        if records[0].offset < self.position:
            fresh = [record for record in records if record.offset >= self.position]
        if fresh:
            size = _bytes_of(fresh)
            self._fetches.append((fresh, size))
            self._count, self._bytes = self._count + len(fresh), self._bytes + size
            next_position = fresh[-1].offset + 1
            self.missing += next_position - self.position - len(fresh)
            self.position = next_position
            self._arrived.set()
        return None

    def skip(self, begin: int, end: int) -> None:
        """The log has no records in [begin, end): they are not what comes next any more."""
        if begin == self.position < end:
            self.missing += end - begin
            self.position = end

    def close(self) -> None:
        """Give out nothing more; whoever waits gets nothing."""
        self._closed = True
        self._arrived.set()

    async def take(self, most: int, age_s: float) -> list[Record]:
        """Up to `most` records: as soon as there are so many, or what came within `age_s`."""
        try:
            async with asyncio.timeout(age_s):
                while not self._closed and self._count < most and self._bytes < self._batch_bytes:
                    await self._arrival()
        except TimeoutError:
            pass
        return [] if self._closed else self._pop(most, None, self._batch_bytes)

    async def take_until(self, end: int, most: int) -> list[Record]:
        """The next `most` records below `end`, all of them if fewer; nothing when closed.

        Waits for the last one, unless what comes next is not below `end`: a log that was cut has
        no more to give.
        """
        taken: list[Record] = []
        while len(taken) < most and not (taken and taken[-1].offset + 1 >= end):
            while not self._fetches and not self._closed:
                await self._arrival()
            if self._closed:
                return []
            more = self._pop(most - len(taken), end, self._bytes)
            if not more:
                break
            taken += more
        return taken

    async def _arrival(self) -> None:
        self._arrived.clear()
        await self._arrived.wait()

    def _pop(self, most: int, end: int | None, most_bytes: int) -> list[Record]:
        """Fetches from the front, until one of the bounds is reached."""
        taken: list[Record] = []
        taken_bytes = 0
        while self._fetches and len(taken) < most and taken_bytes < max(1, most_bytes):
            fetch, size = self._fetches.popleft()
            room = most - len(taken)
            if end is not None:
                room = min(room, sum(record.offset < end for record in fetch))
            rest = fetch[room:]
            if rest:
                rest_bytes = _bytes_of(rest)
                self._fetches.appendleft((rest, rest_bytes))
                size -= rest_bytes
            taken += fetch[:room]
            taken_bytes += size
            if rest:
                break
        self._count, self._bytes = self._count - len(taken), self._bytes - taken_bytes
        self._taken()
        return taken


def _bytes_of(records: Sequence[Record]) -> int:
    return sum([len(record.value or b"") for record in records])
