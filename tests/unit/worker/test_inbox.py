"""The inbox: fetched records of one partition, in order and without a hole."""

from __future__ import annotations

import asyncio
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.worker.inbox import Inbox
from tests.builders import LogRecord
from tests.loops import on_a_loop
from tests.unit.worker.running import NEVER_S, log_of


def inbox(position: int = 0, room: int = 100) -> Inbox:
    """An empty one."""
    return Inbox(position, room, lambda: None)


@on_a_loop
async def test_records_come_out_in_the_order_they_were_fetched_in() -> None:
    box = inbox()
    assert box.put(log_of(0, 2)) is None
    assert box.put(log_of(2, 5)) is None
    assert await box.take(5, NEVER_S) == log_of(0, 5)


@on_a_loop
async def test_a_fetch_beyond_a_hole_is_refused_and_the_missing_offset_told() -> None:
    box = inbox(position=3)
    assert box.put(log_of(5, 8)) == 3
    assert box.position == 3
    assert box.put(log_of(3, 5)) is None
    assert await box.take(100, 0) == log_of(3, 5)


@on_a_loop
async def test_what_is_already_there_is_left_out_of_a_fetch() -> None:
    box = inbox()
    box.put(log_of(0, 4))
    assert box.put(log_of(2, 6)) is None
    assert box.put(log_of(0, 6)) is None
    assert box.position == 6
    assert await box.take(100, 0) == log_of(0, 6)


@on_a_loop
async def test_a_fetch_that_brings_nothing_new_leaves_the_place() -> None:
    box = inbox(position=4)
    assert box.put(log_of(0, 4)) is None
    assert box.position == 4
    assert await box.take(100, 0) == []


@on_a_loop
async def test_take_returns_as_soon_as_there_are_enough() -> None:
    box = inbox()
    taking = asyncio.create_task(box.take(3, NEVER_S))
    await asyncio.sleep(0)
    box.put(log_of(0, 2))
    await asyncio.sleep(0)
    assert not taking.done()
    box.put(log_of(2, 4))
    assert await taking == log_of(0, 3)
    assert await box.take(100, 0) == log_of(3, 4)


@on_a_loop
async def test_take_returns_what_came_within_its_age() -> None:
    box = inbox()
    box.put(log_of(0, 2))
    assert await box.take(3, 0.001) == log_of(0, 2)


@on_a_loop
async def test_take_from_an_empty_inbox_is_empty_after_its_age() -> None:
    assert await inbox().take(3, 0.001) == []


@on_a_loop
async def test_take_until_gives_out_nothing_at_or_beyond_the_end() -> None:
    box = inbox()
    box.put(log_of(0, 10))
    assert await box.take_until(end=5, most=3) == log_of(0, 3)
    assert await box.take_until(end=5, most=3) == log_of(3, 5)
    assert await box.take(100, 0) == log_of(5, 10)


@on_a_loop
async def test_take_until_waits_for_the_last_record_below_the_end() -> None:
    box = inbox()
    box.put(log_of(0, 2))
    taking = asyncio.create_task(box.take_until(end=4, most=10))
    await asyncio.sleep(0)
    box.put(log_of(2, 3))
    await asyncio.sleep(0)
    assert not taking.done()
    box.put(log_of(3, 9))
    assert await taking == log_of(0, 4)


@on_a_loop
async def test_take_until_gives_out_nothing_where_the_log_begins_at_the_end() -> None:
    box = inbox(position=5)
    box.put(log_of(5, 8))
    assert await box.take_until(end=5, most=3) == []
    assert await box.take(100, 0) == log_of(5, 8)


@on_a_loop
async def test_take_until_goes_across_fetches() -> None:
    box = inbox()
    for begin in range(6):
        box.put(log_of(begin, begin + 1))
    assert await box.take_until(end=6, most=4) == log_of(0, 4)
    assert await box.take_until(end=6, most=4) == log_of(4, 6)


@pytest.mark.parametrize("waiting_for", ["count", "end"])
@on_a_loop
async def test_whoever_waits_at_a_closed_inbox_gets_nothing(waiting_for: str) -> None:
    box = inbox()
    box.put(log_of(0, 2))
    waiting = box.take(3, NEVER_S) if waiting_for == "count" else box.take_until(3, 3)
    taking = asyncio.create_task(waiting)
    await asyncio.sleep(0)
    box.close()
    assert await taking == []


@on_a_loop
async def test_an_inbox_that_was_closed_gives_out_nothing_more() -> None:
    box = inbox()
    box.put(log_of(0, 4))
    box.close()
    assert await box.take(2, NEVER_S) == []


@on_a_loop
async def test_an_inbox_is_hungry_until_its_room_is_full_and_again_after_a_take() -> None:
    taken = []
    box = Inbox(0, 4, lambda: taken.append("taken"))
    box.put(log_of(0, 3))
    assert box.hungry
    box.put(log_of(3, 6))
    assert not box.hungry
    await box.take(4, NEVER_S)
    assert box.hungry
    assert taken == ["taken"]


@on_a_loop
async def test_offsets_without_records_are_skipped_from_where_it_reads_on_only() -> None:
    box = inbox(position=3)
    box.skip(2, 9)
    box.skip(3, 3)
    assert (box.position, box.missing) == (3, 0)
    box.skip(3, 5)
    assert (box.position, box.missing) == (5, 2)
    assert box.put(log_of(5, 6)) is None
    assert box.missing == 2


@given(
    fetches=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)), max_size=20),
    most=st.integers(1, 7),
)
@on_a_loop
async def test_blocks_concatenate_to_the_log_in_order_and_none_exceeds_the_policy(
    fetches: list[tuple[int, int]], most: int
) -> None:
    box = inbox()
    asked = []
    for begin, length in fetches:
        asked.append(box.put(log_of(begin, begin + length)))
    blocks = []
    while block := await box.take(most, 0):
        blocks.append(block)
    assert list(chain.from_iterable(blocks)) == log_of(0, box.position)
    assert all(len(block) == most for block in blocks[:-1])
    assert all(len(block) <= most for block in blocks)
    assert all(again is None or again <= box.position for again in asked)


@given(
    cuts=st.lists(st.integers(1, 6), min_size=1, max_size=12),
    most=st.integers(1, 7),
    data=st.data(),
)
@on_a_loop
async def test_blocks_until_an_end_concatenate_to_all_below_it(
    cuts: list[int], most: int, data: st.DataObject
) -> None:
    box = inbox()
    for length in cuts:
        box.put(log_of(box.position, box.position + length))
    end = data.draw(st.integers(1, sum(cuts)))
    blocks: list[list[object]] = []
    while sum(map(len, blocks)) < end:
        blocks.append(await box.take_until(end, most))
    assert list(chain.from_iterable(blocks)) == log_of(0, end)
    assert all(len(block) == most for block in blocks[:-1])
    assert await box.take(1_000, 0) == log_of(end, sum(cuts))


@on_a_loop
async def test_a_batch_ends_with_the_fetch_that_makes_it_too_many_bytes() -> None:
    box = Inbox(0, 100, lambda: None, batch_bytes=10)
    for begin in range(0, 8, 2):
        box.put([LogRecord(b"k", b"12345", offset) for offset in (begin, begin + 1)])
    assert not box.hungry
    assert [len(await box.take(100, NEVER_S)) for _ in range(4)] == [2, 2, 2, 2]
    assert box.hungry
