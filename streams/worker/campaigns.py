"""Campaigns: every worker reads all versions, and no batch is folded before those it depends on.

A version takes effect at least 5 s after it was published. So a batch may be folded as soon as the
topic was read to its end later than 5 s before the batch's last record.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams import topics
from streams.clock import now_ms
from streams.codec.batch import Record
from streams.codec.rows import campaign_rows
from streams.domain.campaign import NOTICE_MS, Campaign, Campaigns, with_notice
from streams.ports.facts import FactWriter

POLL_S: Final = 1.0
log = logging.getLogger(__name__)


def _consumer_of(bootstrap: str) -> Any:
    return AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)


class CampaignLog:
    """Reads the topic `campaigns` from its beginning, for the fold and for ClickHouse.

    `consumer_of` makes a consumer of the broker at this address.
    """

    def __init__(
        self,
        bootstrap: str,
        campaigns: Campaigns,
        writer: FactWriter,
        consumer_of: Callable[[str], Any] = _consumer_of,
    ) -> None:
        self._bootstrap, self._campaigns, self._writer = bootstrap, campaigns, writer
        self._consumer_of = consumer_of
        self._read_to_ms = 0
        self._read = asyncio.Condition()

    async def run(self) -> None:
        """Read for ever; a broker that is away is waited for by the client."""
        partition = TopicPartition(topics.CAMPAIGNS, 0)
        consumer = self._consumer_of(self._bootstrap)
        await consumer.start()
        try:
            consumer.assign([partition])
            await consumer.seek_to_beginning(partition)
            while True:
                await self._read_to_end(consumer, partition)
                await self._next(consumer)
        finally:
            self._writer.give_up()
            await consumer.stop()

    async def ready(self, records: Sequence[Record]) -> None:
        """Return when every version that these records can depend on is known."""
        needed_ms = records[-1].timestamp - NOTICE_MS
        if self._read_to_ms < needed_ms:
            async with self._read:
                await self._read.wait_for(lambda: self._read_to_ms >= needed_ms)

    async def _read_to_end(self, consumer: Any, partition: TopicPartition) -> None:
        asked_ms = now_ms()
        end = (await consumer.end_offsets([partition]))[partition]
        while await consumer.position(partition) < end:
            await self._next(consumer)
        async with self._read:
            self._read_to_ms = asked_ms
            self._read.notify_all()

    async def _next(self, consumer: Any) -> None:
        fetched = await consumer.getmany(timeout_ms=int(POLL_S * 1000))
        for record in (record for records in fetched.values() for record in records):
            try:
                version = msgspec.json.decode(record.value or b"null", type=Campaign)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                log.warning("campaigns, offset %d: %s; left out", record.offset, error)
                continue
            version = with_notice(version, record.timestamp)
            self._campaigns.add(version)
            token = f"{topics.CAMPAIGNS}:{record.offset}"
            await self._writer.write([campaign_rows(version, record.offset)], token)
