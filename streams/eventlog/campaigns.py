"""Campaigns: definitions in the compacted topic, each in force some seconds after it is published.

Because a version counts only for interactions received after it was written, every worker knows it
in time, and a replay decides the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from kafka import KafkaProducer
from kafka.errors import KafkaError

from streams.domain.campaign import Campaign
from streams.eventlog.admin import BrokerError
from streams.eventlog.reading import ANSWER_MS, LogRecord, no_broker, read_topic
from streams.settings import Settings
from streams.topics import CAMPAIGNS

NOTICE_MS: Final = 5_000


def effective(campaign: Campaign, now_ms: int) -> Campaign:
    """The version as published at `now_ms`: in force when asked for, after a notice at least."""
    return msgspec.structs.replace(
        campaign, effective_from=max(campaign.effective_from, now_ms + NOTICE_MS)
    )


def campaign_key(tenant: str, campaign: str) -> bytes:
    """The record's key: compaction keeps the newest version of it."""
    return f"{tenant}/{campaign}".encode()


def publish_campaigns(settings: Settings, versions: Sequence[Campaign]) -> None:
    """Write these versions; returns when the broker has all, raises BrokerError when it has not."""
    try:
        producer = KafkaProducer(
            bootstrap_servers=settings.kafka_bootstrap,
            acks="all",
            max_block_ms=ANSWER_MS,
            bootstrap_timeout_ms=ANSWER_MS,
        )
    except KafkaError as error:
        raise BrokerError(no_broker(settings)) from error
    try:
        for version in versions:
            key = campaign_key(version.tenant, version.campaign)
            written = producer.send(CAMPAIGNS, key=key, value=msgspec.json.encode(version))
            written.get(timeout=ANSWER_MS / 1000)
    except KafkaError as error:
        raise BrokerError(f"the broker did not take a campaign: {error}") from error
    finally:
        producer.close(timeout=ANSWER_MS / 1000)


def read_campaigns(settings: Settings) -> tuple[Campaign, ...]:
    """Every version that the topic still holds, in its order."""
    return tuple(_campaign(record) for record in read_topic(settings, CAMPAIGNS) if record.value)


def newest(versions: Sequence[Campaign]) -> tuple[Campaign, ...]:
    """The last version of each campaign, by tenant and name."""
    last = {(version.tenant, version.campaign): version for version in versions}
    return tuple(last[key] for key in sorted(last))


def _campaign(record: LogRecord) -> Campaign:
    try:
        return msgspec.json.decode(record.value or b"", type=Campaign)
    except msgspec.MsgspecError as error:
        raise BrokerError(
            f"topic {record.topic}, offset {record.offset}: expected a campaign, found {error}"
        ) from error
