"""A fake of the consumer that reads the topic `campaigns`: a log that grows when it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from tests.builders import HOUR, T0, LogRecord


class FakeCampaignTopic:
    """The topic's one partition, and its only consumer; records come while `flowing`."""

    def __init__(self, values: Sequence[bytes | None] = (), *, flowing: bool = True) -> None:
        self.records: list[LogRecord] = []
        self.is_open = False
        self.asked_end = 0
        self._position = 0
        self._flow = asyncio.Event()
        self._grown = asyncio.Event()
        for value in values:
            self.append(value)
        if flowing:
            self.flow()

    def append(self, value: bytes | None) -> None:
        """One more record at the end."""
        self.records.append(LogRecord(b"acme/c", value, len(self.records), T0 - HOUR))
        self._grown.set()

    def flow(self) -> None:
        """Hand out from now on."""
        self._flow.set()

    def look_again(self) -> None:
        """The poll that is under way ends."""
        self._grown.set()

    async def start(self) -> None:
        self.is_open = True

    async def stop(self) -> None:
        self.is_open = False

    def assign(self, partitions: Sequence[Any]) -> None:
        self._partition = partitions[0]

    async def seek_to_beginning(self, *partitions: Any) -> None:
        self._position = 0

    async def end_offsets(self, partitions: Sequence[Any]) -> dict[Any, int]:
        self.asked_end += 1
        return {self._partition: len(self.records)}

    async def position(self, partition: Any) -> int:
        return self._position

    async def getmany(self, timeout_ms: int) -> dict[Any, list[LogRecord]]:
        """One record a time; at the end, nothing once somebody asks to look again."""
        await self._flow.wait()
        if self._position == len(self.records):
            self._grown.clear()
            await self._grown.wait()
        found = self.records[self._position : self._position + 1]
        self._position += len(found)
        return {self._partition: found} if found else {}
