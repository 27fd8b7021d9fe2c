"""Campaigns: every version of every definition, each in force some seconds after its publication.

Because a version counts only for interactions received after it was written, every worker knows it
in time, and a replay decides the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from kafka import KafkaProducer
from kafka.errors import KafkaError

from streams.domain.campaign import Campaign, with_notice
from streams.eventlog.admin import BrokerError
from streams.eventlog.reading import ANSWER_MS, LogRecord, no_broker, read_topic
from streams.settings import Settings
from streams.topics import CAMPAIGNS


def campaign_key(tenant: str, campaign: str) -> bytes:
    """The record's key."""
    return f"{tenant}/{campaign}".encode()


def publish_campaigns(settings: Settings, versions: Sequence[Campaign]) -> tuple[Campaign, ...]:
    """Write these versions; returns them with their effect when the broker has all.

    Raises BrokerError when it has not.
    """
    published = []
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
            appended_ms = written.get(timeout=ANSWER_MS / 1000).timestamp
            published.append(with_notice(version, appended_ms))
    except KafkaError as error:
        raise BrokerError(f"the broker did not take a campaign: {error}") from error
    finally:
        producer.close(timeout=ANSWER_MS / 1000)
    return tuple(published)


def read_campaigns(settings: Settings) -> tuple[Campaign, ...]:
    """Every version that the topic still holds, in its order."""
    return tuple(_campaign(record) for record in read_topic(settings, CAMPAIGNS) if record.value)


def newest(versions: Sequence[Campaign]) -> tuple[Campaign, ...]:
    """The last version of each campaign, by tenant and name."""
    last = {(version.tenant, version.campaign): version for version in versions}
    return tuple(last[key] for key in sorted(last))


def _campaign(record: LogRecord) -> Campaign:
    try:
        version = msgspec.json.decode(record.value or b"", type=Campaign)
    except msgspec.MsgspecError as error:
        raise BrokerError(
            f"topic {record.topic}, offset {record.offset}: expected a campaign, found {error}"
        ) from error
    return with_notice(version, record.timestamp_ms)
