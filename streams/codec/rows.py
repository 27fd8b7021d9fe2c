"""Rows: facts to the columns of ClickHouse's tables, one function per table.

Columns, not rows, because the driver sends columns. A column whose values are all the table's
default is left out: the table fills it, and sparse columns cost nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from streams.codec.batch import Batch, Letter
from streams.domain.campaign import Campaign
from streams.domain.facts import Facts
from streams.domain.interaction import NO_CHANNEL, Interaction
from streams.domain.keys import event_key
from streams.ports.facts import Column, InsertBatch

_json = msgspec.json.Encoder().encode


class Place(NamedTuple):
    """Where the batch's records stood."""

    topic: str
    partition: int
    epoch: int


def event_rows(batch: Batch, facts: Facts, place: Place) -> InsertBatch:
    """One row per accepted interaction."""
    accepted = facts.accepted
    whole = len(accepted) == len(batch.interactions)
    found = batch.interactions if whole else [batch.interactions[i] for i in accepted]
    columns: dict[str, Column] = {
        "tenant": [e.tenant for e in found],
        "campaign": _pick(batch.campaigns, accepted, whole),
        "visitor": [e.visitor for e in found],
        "event_id": [e.event_id for e in found],
        "stage": [step[3] for step in _pick(batch.steps, accepted, whole)],
        "kind": [e.kind for e in found],
        "derived_at": facts.derived_at,
        "occurred_at": [e.occurred_at for e in found],
        "received_at": [e.received_at for e in found],
        "source": [e.source for e in found],
        "origin": _pick(batch.origins, accepted, whole),
        "page": [e.page for e in found],
        "in_session": [step[8] for step in _pick(batch.steps, accepted, whole)],
        "partition": [place.partition] * len(found),
        "offset": _pick(batch.offsets, accepted, whole),
        "epoch": [place.epoch] * len(found),
    }
    return InsertBatch("events", columns | _told(_sparse_columns(found, facts)))


def _sparse_columns(found: Sequence[Interaction], facts: Facts) -> dict[str, Column]:
    """Columns that most batches do not need."""
    sparse: dict[str, Column] = {
        "clamped": facts.clamped,
        "sent_at": [e.sent_at or 0 for e in found],
        "sequence": [e.sequence or 0 for e in found],
        "referrer": [e.referrer for e in found],
        "share_token": [e.share_token for e in found],
        "issued_token": [e.issued_token for e in found],
        "identifiers": [e.identifiers for e in found],
        "value_minor": [e.value_minor for e in found],
        "currency": [e.currency for e in found],
        "proof": [e.proof for e in found],
        "consent": [e.consent for e in found],
        "signals": [e.signals for e in found],
        "properties": [_json(e.properties).decode() if e.properties else "" for e in found],
    }
    channels = [e.channel for e in found]
    if any(channel is not NO_CHANNEL for channel in channels):
        sparse |= {
            "channel_source": [c.source for c in channels],
            "channel_medium": [c.medium for c in channels],
            "channel_campaign": [c.campaign for c in channels],
            "channel_term": [c.term for c in channels],
            "channel_content": [c.content for c in channels],
            "click_id": [c.click_id for c in channels],
        }
    return sparse


def _told(columns: dict[str, Column]) -> dict[str, Column]:
    """Without the columns that hold nothing but the default."""
    return {name: values for name, values in columns.items() if any(values)}


def session_rows(batch: Batch, facts: Facts) -> InsertBatch:
    """Old (-1) and new (+1) row of every session that changed."""
    if not facts.sessions:
        return InsertBatch("sessions", {})
    index, sign, visitor, own, started, ended, interactions, capped = zip(
        *facts.sessions, strict=True
    )
    columns: dict[str, Column] = {
        "tenant": [batch.interactions[i].tenant for i in index],
        "visitor_key": visitor,
        "started_at": started,
        "ended_at": ended,
        "interactions": interactions,
        "received_at": [batch.interactions[i].received_at for i in index],
        "sign": sign,
    }
    if any(own):
        columns["campaign"] = [
            batch.campaigns[i] if o else "" for i, o in zip(index, own, strict=True)
        ]
    if any(capped):
        columns["capped"] = capped
    return InsertBatch("sessions", columns)


JOURNEY_COLUMNS = (
    "visit_at", "talk_at", "act_at", "first_visit_at", "first_talk_at", "first_act_at",
    "first_passive_at", "first_pushback_at", "act_after_talk_at", "pushback_after_talk_at",
    "acts", "pushbacks", "value_minor", "origin_key", "capped",
)  # fmt: skip


def journey_rows(batch: Batch, facts: Facts) -> InsertBatch:
    """Old (-1) and new (+1) row of every journey that changed."""
    if not facts.journeys:
        return InsertBatch("journeys", {})
    index, sign, visitor, rows = zip(*facts.journeys, strict=True)
    values: dict[str, Column] = dict(zip(JOURNEY_COLUMNS, zip(*rows, strict=True), strict=True))
    columns: dict[str, Column] = {
        "tenant": [batch.interactions[i].tenant for i in index],
        "campaign": [batch.campaigns[i] for i in index],
        "visitor_key": visitor,
        "received_at": [batch.interactions[i].received_at for i in index],
        "sign": sign,
    }
    return InsertBatch("journeys", columns | _told(values))


Origin = tuple[str, str, int]
"""tenant, origin, origin_key"""


def origins_of(batch: Batch) -> set[Origin]:
    """Where the batch's visitors came from."""
    tenants = [found.tenant for found in batch.interactions]
    keys = [step[9] for step in batch.steps]
    return set(zip(tenants, batch.origins, keys, strict=True))


def origin_rows(origins: Iterable[Origin]) -> InsertBatch:
    """Names for the keys of journeys; the same names have the same token in any batch."""
    rows = sorted(origins)
    if not rows:
        return InsertBatch("origins", {})
    tenant, origin, key = zip(*rows, strict=True)
    columns: dict[str, Column] = {"tenant": tenant, "origin": origin, "origin_key": key}
    return InsertBatch("origins", columns, f"origins:{event_key(_json(rows)).hex()}")


def letter_rows(letters: Sequence[Letter], place: Place) -> InsertBatch:
    """One row per dead letter, with its bytes as they came."""
    count = len(letters)
    columns: dict[str, Column] = {
        "tenant": [letter.tenant for letter in letters],
        "received_at": [letter.received_at for letter in letters],
        "source": [letter.source for letter in letters],
        "reason": [letter.dead.reason.value for letter in letters],
        "detail": [letter.dead.detail for letter in letters],
        "original": [letter.dead.original for letter in letters],
        "topic": [place.topic] * count,
        "partition": [place.partition] * count,
        "offset": [letter.offset for letter in letters],
        "epoch": [place.epoch] * count,
    }
    return InsertBatch("dead_letters", columns if count else {})


MINUTE_MS = 60_000


def receipt_rows(batch: Batch, duplicates: Iterable[int]) -> InsertBatch:
    """What was read, counted per tenant and minute of receipt before anything was decided."""
    places = [(found.tenant, found.received_at // MINUTE_MS) for found in batch.interactions]
    received = Counter(places)
    if batch.replays:  # they came in as letters, and were counted then
        replayed = {index for index, _ in batch.replays}
        received -= Counter([places[index] for index in replayed])
        duplicates = [index for index in duplicates if index not in replayed]
    received.update((letter.tenant, letter.received_at // MINUTE_MS) for letter in batch.letters)
    twice = Counter([places[index] for index in duplicates])
    dropped = Counter([(tenant, at_ms // MINUTE_MS) for tenant, at_ms in batch.dropped])
    cells = sorted(received + dropped)
    columns: dict[str, Column] = {
        "tenant": [tenant for tenant, _ in cells],
        "minute": [minute * 60 for _, minute in cells],
        "received": [received[cell] + dropped[cell] for cell in cells],
        "duplicates": [twice[cell] for cell in cells],
    }
    if dropped:
        columns["dropped"] = [dropped[cell] for cell in cells]
    return InsertBatch("receipts", columns if cells else {})


def _pick(column: Sequence[Any], accepted: Sequence[int], whole: bool) -> Sequence[Any]:
    return column if whole else [column[i] for i in accepted]


def campaign_rows(version: Campaign, offset: int) -> InsertBatch:
    """One row: a version of a definition."""
    columns: dict[str, Column] = {
        "tenant": [version.tenant],
        "campaign": [version.campaign],
        "version": [offset],
        "effective_from": [version.effective_from],
        "title": [version.title],
        "goal_kind": [version.goal.kind],
        "goal_unit": [version.goal.unit.value],
        "goal_target": [version.goal.target],
        "started_at": [version.started_at],
        "deadline": [version.goal.deadline],
        "time_zone": [version.time_zone],
        "currency": [version.currency],
        "definition": [_json(version).decode()],
    }
    return InsertBatch("campaigns", columns)
