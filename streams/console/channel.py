"""Channel: one view's numbers, asked for once and shared by all who look at it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

import msgspec
from msgspec import Raw

from streams.clock import monotonic_s, now_ms
from streams.console.reader import AwayError
from streams.console.schedule import Schedule
from streams.console.sse import PULSE, frame, retry
from streams.console.view import CALM, FRESH, QUICK, View, parameters
from streams.warehouse.queries import Value

TICK_S = 0.5
LOOK_REST = 1  # a long look is followed by a rest as long: at most half the time is asking
REVIEW_REST = 3
REST_S = 5.0  # no rest is longer: who looks would take the numbers for old
PULSE_S = 15.0
RETRY_MS = 2_000


class Source(Protocol):
    """Where numbers come from; AwayError when there are none to be had."""

    async def read(self, name: str, parameters: dict[str, Value]) -> Raw: ...


class Numbers(msgspec.Struct, frozen=True):
    """Rows of named queries, when they were asked for and when they are sent, by one clock."""

    as_of_ms: int
    sent_ms: int
    numbers: dict[str, Raw]


class Away(msgspec.Struct, frozen=True):
    """The warehouse has not answered since then; what is shown is of before."""

    since_ms: int
    detail: str


class _Freshness(msgspec.Struct, frozen=True):
    newest_at: int | None


class Channel:
    """Keeps the newest rows of a view and the version in which each query's last changed."""

    def __init__(self, view: View, source: Source) -> None:
        self.view = view
        self._source = source
        self._schedule = Schedule()
        self._rows: dict[str, Raw] = {}
        self._changed_in: dict[str, int] = {}
        self._version = 0
        self._as_of_ms = 0
        self._away: Away | None = None
        self._closed = False
        self._moved = asyncio.Event()

    async def run(self) -> None:
        """Look and review again and again, until cancelled."""
        await self.look(now_ms(), monotonic_s())
        async with asyncio.TaskGroup() as both:
            both.create_task(_again_and_again(self.look, LOOK_REST))
            both.create_task(_again_and_again(self.review, REVIEW_REST))

    async def look(self, at_ms: int, at_s: float) -> None:
        """Is there anything new? Then the numbers that must move at once."""
        try:
            await self._ask((FRESH,), at_ms)
            (newest,) = msgspec.json.decode(self._rows[FRESH], type=tuple[_Freshness])
            self._schedule.saw(newest.newest_at, at_s)
            if self._schedule.quick_is_due(at_s):
                await self._ask(QUICK, at_ms)
        except AwayError as error:
            self._miss(at_ms, error)
            return
        self._as_of_ms, self._away = at_ms, None
        self._wake()

    async def review(self, at_ms: int, at_s: float) -> None:
        """The numbers that may take a few seconds; beside the others, so that they do not wait."""
        if self._away is None and self._schedule.calm_is_due(at_s):
            try:
                await self._ask(CALM, at_ms)
            except AwayError as error:
                self._miss(at_ms, error)
            self._wake()

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        self._wake()

    async def frames(self) -> AsyncIterator[bytes]:
        """What one viewer is sent: all there is, then what changed, and a pulse when quiet."""
        yield retry(RETRY_MS)
        told = seen = 0  # versions that were told of, and whose rows were sent
        while not self._closed:
            moved = self._moved
            if self._version > told:
                message, told = self._message(seen), self._version
                seen = seen if self._away else told
                yield message
            if not await _within(PULSE_S, moved):
                yield PULSE

    async def _ask(self, names: tuple[str, ...], at_ms: int) -> None:
        for name in names:
            rows = await self._source.read(name, parameters(self.view, name, at_ms))
            if rows != self._rows.get(name):
                self._rows[name], self._changed_in[name] = rows, self._version + 1

    def _miss(self, at_ms: int, error: AwayError) -> None:
        """Away since the first time; everything is due when it is back."""
        self._schedule = Schedule()
        self._away = Away(self._away.since_ms if self._away else at_ms, str(error))
        self._wake()

    def _message(self, seen: int) -> bytes:
        """What changed after the version that was seen last; while away, only that it is so."""
        if self._away:
            return frame("away", msgspec.json.encode(self._away))
        changed = {name: self._rows[name] for name, at in self._changed_in.items() if at > seen}
        return frame("numbers", msgspec.json.encode(Numbers(self._as_of_ms, now_ms(), changed)))

    def _wake(self) -> None:
        """There is a new version, for all who wait."""
        self._version += 1
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()


async def _again_and_again(step: Callable[[int, float], Awaitable[None]], rest: int) -> None:
    """Every tick; after a long step, after a rest of so many times its length."""
    while True:
        began_s = monotonic_s()
        await step(now_ms(), began_s)
        spent_s = monotonic_s() - began_s
        await asyncio.sleep(max(TICK_S - spent_s, min(REST_S, rest * spent_s)))


async def _within(seconds: float, moved: asyncio.Event) -> bool:
    """Did it happen in time?"""
    try:
        async with asyncio.timeout(seconds):
            await moved.wait()
    except TimeoutError:
        return False
    return True
