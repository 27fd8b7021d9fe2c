"""A channel asks once for all who look, and sends only what changed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from streams.console.channel import Channel
from streams.console.hub import MAX_VIEWERS, FullError, Hub
from streams.console.sse import retry
from streams.console.view import ALL_QUERIES, QUICK, View
from tests.fakes.number_source import FakeSource

VIEW = View("acme", "petition")


async def message(frames: AsyncIterator[bytes]) -> tuple[str, Any]:
    """The name and content of the next frame."""
    name, _, data = (await anext(frames)).decode().partition("\n")
    content = msgspec.json.decode(data.removeprefix("data: ").strip())
    return name.removeprefix("event: "), content


async def opened(channel: Channel) -> AsyncIterator[bytes]:
    """A viewer's frames after the first one."""
    frames = channel.frames()
    assert await anext(frames) == retry(2_000)
    return frames


async def tick(channel: Channel, at_ms: int, at_s: float) -> None:
    """A look and a review at one time."""
    await channel.look(at_ms, at_s)
    await channel.review(at_ms, at_s)


def test_a_new_viewer_gets_every_number() -> None:
    async def act() -> None:
        source = FakeSource()
        source.rows["funnel"] = [{"step": 1, "persons": 5}]
        channel = Channel(VIEW, source)
        await tick(channel, 1_000, 0.0)

        name, content = await message(await opened(channel))

        assert (name, content["as_of_ms"]) == ("numbers", 1_000)
        assert set(content["numbers"]) == set(ALL_QUERIES)
        assert content["numbers"]["funnel"] == [{"step": 1, "persons": 5}]

    asyncio.run(act())


def test_after_that_only_what_changed_is_sent() -> None:
    async def act() -> None:
        source = FakeSource()
        channel = Channel(VIEW, source)
        await tick(channel, 1_000, 0.0)
        frames = await opened(channel)
        await message(frames)
        source.rows |= {"freshness": [{"newest_at": 9}], "funnel": [{"persons": 1}]}
        await tick(channel, 2_000, 1.0)

        _, content = await message(frames)

        assert content["as_of_ms"] == 2_000
        assert content["numbers"] == {
            "freshness": [{"newest_at": 9}],
            "funnel": [{"persons": 1}],
        }

    asyncio.run(act())


def test_a_slow_viewer_gets_the_newest_of_each_once() -> None:
    async def act() -> None:
        source = FakeSource()
        channel = Channel(VIEW, source)
        await tick(channel, 1_000, 0.0)
        frames = await opened(channel)
        await message(frames)
        for newest in (1, 2, 3):
            source.rows["freshness"] = [{"newest_at": newest}]
            await tick(channel, 1_000 + newest, float(newest))

        _, content = await message(frames)

        assert content["numbers"] == {"freshness": [{"newest_at": 3}]}

    asyncio.run(act())


def test_a_warehouse_that_is_away_is_told_since_when_and_all_is_asked_when_it_is_back() -> None:
    async def act() -> None:
        source = FakeSource()
        channel = Channel(VIEW, source)
        await tick(channel, 1_000, 0.0)
        frames = await opened(channel)
        await message(frames)
        source.away = "connection refused"
        await tick(channel, 2_000, 1.0)
        await tick(channel, 3_000, 2.0)

        assert await message(frames) == (
            "away",
            {"since_ms": 2_000, "detail": "connection refused"},
        )
        source.away, source.asked = None, []
        await tick(channel, 4_000, 3.0)
        name, content = await message(frames)
        assert (name, content["as_of_ms"]) == ("numbers", 4_000)
        assert source.asked == list(ALL_QUERIES)

    asyncio.run(act())


def test_what_changed_just_before_the_warehouse_went_away_is_sent_when_it_is_back() -> None:
    async def act() -> None:
        source = FakeSource()
        channel = Channel(VIEW, source)
        await tick(channel, 1_000, 0.0)
        frames = await opened(channel)
        await message(frames)
        source.rows |= {"freshness": [{"newest_at": 9}], "funnel": [{"persons": 1}]}
        source.away, source.away_at = "connection refused", "funnel_series"
        await tick(channel, 2_000, 1.0)
        assert (await message(frames))[0] == "away"
        source.away = None
        await tick(channel, 3_000, 2.0)

        name, content = await message(frames)

        assert name == "numbers"
        assert content["numbers"] == {
            "freshness": [{"newest_at": 9}],
            "funnel": [{"persons": 1}],
        }

    asyncio.run(act())


def test_who_comes_while_the_warehouse_is_away_gets_every_number_when_it_is_back() -> None:
    async def act() -> None:
        source = FakeSource()
        channel = Channel(VIEW, source)
        await tick(channel, 1_000, 0.0)
        source.away = "connection refused"
        await tick(channel, 2_000, 1.0)
        frames = await opened(channel)
        assert (await message(frames))[0] == "away"
        source.away = None
        await tick(channel, 3_000, 2.0)

        _, content = await message(frames)

        assert set(content["numbers"]) == set(ALL_QUERIES)

    asyncio.run(act())


def test_a_closed_channel_ends_its_streams() -> None:
    async def act() -> None:
        channel = Channel(VIEW, FakeSource())
        frames = await opened(channel)
        waiting = asyncio.ensure_future(anext(frames, b"end"))
        await asyncio.sleep(0)

        channel.close()

        assert await asyncio.wait_for(waiting, 5) == b"end"

    asyncio.run(act())


def test_two_viewers_of_one_view_share_its_queries() -> None:
    async def act() -> None:
        source = FakeSource()
        hub = Hub(source)
        first, second = hub.stream(VIEW), hub.stream(VIEW)
        for frames in (first, second):
            await anext(frames)
        for frames in (first, second):
            assert (await message(frames))[0] == "numbers"

        assert [name for name in source.asked if name in QUICK] == list(QUICK)
        assert hub.viewers == 2
        await first.aclose()
        await second.aclose()
        assert hub.viewers == 0

    asyncio.run(act())


def test_with_the_last_viewer_the_questions_end() -> None:
    async def act() -> None:
        hub = Hub(FakeSource())
        frames = hub.stream(VIEW)
        await anext(frames)
        running = asyncio.all_tasks() - {asyncio.current_task()}
        await frames.aclose()

        assert running
        await asyncio.wait_for(asyncio.wait(running), 5)

    asyncio.run(act())


def test_one_viewer_too_many_is_refused() -> None:
    async def act() -> None:
        hub = Hub(FakeSource())
        streams = [hub.stream(View("acme", str(number))) for number in range(MAX_VIEWERS)]
        for frames in streams:
            await anext(frames)

        with pytest.raises(FullError, match="expected at most 100 open pages, found 100"):
            hub.admit()
        for frames in streams:
            await frames.aclose()

    asyncio.run(act())
