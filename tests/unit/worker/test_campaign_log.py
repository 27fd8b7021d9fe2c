"""Campaigns in the worker: no batch is folded before the versions that it can depend on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec
import pytest

from streams.clock import now_ms
from streams.domain.campaign import Campaigns, Policy, policy_of
from streams.worker.campaigns import NOTICE_MS, CampaignLog
from tests.builders import HOUR, T0, LogRecord, campaign
from tests.fakes.campaigns import FakeCampaignTopic
from tests.fakes.lane import FakeWriter, Inserted, Trace
from tests.loops import on_a_loop

VERSION = campaign(currency="EUR", effective_from=T0 - HOUR)
VALUE = msgspec.json.encode(VERSION)
PAST = [LogRecord(None, b"", 0, T0)]


class Reading:
    """A campaign log over fakes, running."""

    def __init__(self, topic: FakeCampaignTopic) -> None:
        self.topic, self.trace = topic, Trace()
        self.campaigns = Campaigns(Policy())
        self.writer = FakeWriter(self.trace)
        self.log = CampaignLog("", self.campaigns, self.writer, lambda _: topic)

    def policy(self) -> Policy:
        """Of campaign c."""
        return self.campaigns.ruling("acme", "c", T0)[0]


@asynccontextmanager
async def reading(topic: FakeCampaignTopic) -> AsyncIterator[Reading]:
    """Until the end of the block."""
    found = Reading(topic)
    task = asyncio.create_task(found.log.run())
    yield found
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@on_a_loop
async def test_records_wait_until_every_version_published_before_is_known() -> None:
    async with reading(FakeCampaignTopic([VALUE], flowing=False)) as found:
        waiting = asyncio.create_task(found.log.ready(PAST))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        found.topic.flow()
        await waiting
        assert found.policy() == policy_of(VERSION)


@on_a_loop
async def test_records_do_not_wait_for_a_topic_without_campaigns() -> None:
    async with reading(FakeCampaignTopic()) as found:
        await found.log.ready(PAST)
        assert found.policy() == Policy()


@on_a_loop
async def test_records_appended_within_the_notice_do_not_wait_again() -> None:
    async with reading(FakeCampaignTopic([VALUE])) as found:
        await found.log.ready(PAST)
        recent = [LogRecord(None, b"", 0, now_ms())]
        await found.log.ready(recent)
        assert found.topic.asked_end == 1


@on_a_loop
async def test_records_later_than_the_last_look_by_the_notice_wait_for_another_look() -> None:
    async with reading(FakeCampaignTopic([VALUE])) as found:
        await found.log.ready(PAST)
        later = [LogRecord(None, b"", 0, now_ms() + NOTICE_MS + 20)]
        waiting = asyncio.create_task(found.log.ready(later))
        await asyncio.sleep(0.03)
        assert not waiting.done()
        found.topic.look_again()
        await waiting
        assert found.topic.asked_end == 2


@on_a_loop
async def test_it_is_the_last_record_that_decides() -> None:
    async with reading(FakeCampaignTopic([VALUE])) as found:
        await found.log.ready(PAST)
        batch = [*PAST, LogRecord(None, b"", 1, now_ms() + HOUR)]
        waiting = asyncio.create_task(found.log.ready(batch))
        found.topic.look_again()
        await asyncio.sleep(0.01)
        assert not waiting.done()
        waiting.cancel()


@on_a_loop
async def test_a_version_is_written_once_under_a_token_of_its_offset() -> None:
    async with reading(FakeCampaignTopic([VALUE, VALUE])) as found:
        await found.log.ready(PAST)
        assert found.trace.effects == [Inserted("campaigns:0"), Inserted("campaigns:1")]


@pytest.mark.parametrize(
    "value", [None, b"", b"{", b"{}", b'{"title":"\xff"}', b"\xff", b"[" * 100_000]
)
@on_a_loop
async def test_a_record_that_is_no_campaign_is_left_out_and_the_next_one_read(
    value: bytes | None,
) -> None:
    async with reading(FakeCampaignTopic([value, VALUE])) as found:
        await found.log.ready(PAST)
        assert found.policy() == policy_of(VERSION)
        assert found.trace.effects == [Inserted("campaigns:1")]


@on_a_loop
async def test_a_version_published_while_it_runs_is_known_at_the_next_look() -> None:
    async with reading(FakeCampaignTopic()) as found:
        await found.log.ready(PAST)
        found.topic.append(VALUE)
        await found.trace.until(Inserted("campaigns:0"))
        assert found.policy() == policy_of(VERSION)


@on_a_loop
async def test_when_the_worker_stops_the_topic_is_closed_and_nothing_is_repeated() -> None:
    async with reading(FakeCampaignTopic([VALUE])) as found:
        await found.log.ready(PAST)
        assert found.topic.is_open
    assert not found.topic.is_open
    assert found.writer.given_up
