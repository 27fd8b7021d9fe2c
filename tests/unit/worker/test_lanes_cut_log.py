"""Lanes on a log that was cut: what is lost is told, what is not goes on."""

from __future__ import annotations

import asyncio

from faust.types import TP

from streams.codec.plan import encode_plan
from streams.codec.rows import Place
from tests.loops import on_a_loop
from tests.unit.worker.membership import worker

ZERO, ONE = TP("interactions", 0), TP("interactions", 1)


@on_a_loop
async def test_a_partition_whose_log_was_cut_is_read_from_where_it_begins() -> None:
    async with worker({ZERO, ONE}, {ZERO: (9, ""), ONE: (9, "")}, stored=3) as found:
        found.consumer.cut(ZERO, 7)
        found.consumer.cut(ONE, 2)
        assert await found.lanes.open() == {ZERO: 7, ONE: 3}
        assert [text.partition(":")[0] for text in found.lost] == ["interactions[0]"]
        assert "found one that stands at 3" in found.lost[0]


@on_a_loop
async def test_a_log_that_is_cut_up_to_the_state_or_holds_nothing_more_loses_no_state() -> None:
    committed = {ZERO: (9, ""), ONE: (7, "")}
    async with worker({ZERO, ONE}, committed, stored=7) as found:
        found.consumer.cut(ZERO, 7)
        found.consumer.cut(ONE, 7)
        await found.lanes.open()
        assert found.lost == []


@on_a_loop
async def test_an_emptied_log_is_settled_where_it_begins_before_a_record_comes() -> None:
    async with worker({ZERO}, {ZERO: (5, encode_plan(None))}, stored=3) as found:
        found.consumer.cut(ZERO, 7)
        await found.lanes.open()
        await asyncio.sleep(0.01)
        assert found.sent() == [(7, encode_plan(None))]
        assert found.folds[0].skipped == [7]


@on_a_loop
async def test_a_log_cut_beyond_what_is_settled_is_told_and_read_from_where_it_begins() -> None:
    async with worker({ZERO}, {ZERO: (5, encode_plan(None))}, stored=3) as found:
        found.consumer.cut(ZERO, 7)
        assert await found.lanes.open() == {ZERO: 7}
        assert found.opened == [(Place("interactions", 0, 1), 7)]
        assert ["found a log that begins at 7" in text for text in found.lost] == [True]


@on_a_loop
async def test_a_new_group_reads_a_cut_log_from_where_it_begins_and_has_lost_nothing() -> None:
    async with worker({ZERO}) as found:
        found.consumer.cut(ZERO, 7)
        assert await found.lanes.open() == {ZERO: 7}
        assert found.lost == []
