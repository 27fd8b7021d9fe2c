"""Hub: one channel per view, running as long as somebody looks."""

import asyncio
import logging
from collections.abc import AsyncIterator
from functools import partial

from streams.console.channel import Channel, Source
from streams.console.view import View
from streams.metrics import CONSOLE_VIEWERS

LOG = logging.getLogger(__name__)
MAX_VIEWERS = 100  # the server takes 128 requests at once


class FullError(Exception):
    """As many pages are open as one console serves."""


class Hub:
    """Starts a channel with its first viewer and ends it with its last."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._channels: dict[View, Channel] = {}
        self._tasks: dict[View, asyncio.Task[None]] = {}
        self._viewers: dict[View, int] = {}
        self._closed = False

    @property
    def viewers(self) -> int:
        """Open streams."""
        return sum(self._viewers.values())

    def admit(self) -> None:
        """FullError when one more viewer is one too many, or the console is ending."""
        if self._closed or self.viewers >= MAX_VIEWERS:
            raise FullError(f"expected at most {MAX_VIEWERS} open pages, found {self.viewers}")

    async def stream(self, view: View) -> AsyncIterator[bytes]:
        """One viewer's frames, until the viewer or the hub ends."""
        channel = self._enter(view)
        try:
            async for chunk in channel.frames():
                yield chunk
        finally:
            self._leave(view)

    def close(self) -> None:
        """End every stream; no new one begins."""
        self._closed = True
        for channel in self._channels.values():
            channel.close()

    def _enter(self, view: View) -> Channel:
        if view not in self._channels:
            channel = self._channels[view] = Channel(view, self._source)
            task = self._tasks[view] = asyncio.create_task(channel.run())
            task.add_done_callback(partial(_ended, channel))
        self._viewers[view] = self._viewers.get(view, 0) + 1
        CONSOLE_VIEWERS.set(self.viewers)
        return self._channels[view]

    def _leave(self, view: View) -> None:
        self._viewers[view] -= 1
        if not self._viewers[view]:
            del self._viewers[view], self._channels[view]
            self._tasks.pop(view).cancel()
        CONSOLE_VIEWERS.set(self.viewers)


def _ended(channel: Channel, task: asyncio.Task[None]) -> None:
    """A channel that failed ends its streams: browsers come again, and get a new one."""
    if not task.cancelled() and (error := task.exception()):
        LOG.error("channel of %s failed", channel.view, exc_info=error)
        channel.close()
