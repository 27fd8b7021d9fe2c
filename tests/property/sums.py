"""Sums: signed facts added up, as ClickHouse would, with names for keys; independent of batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from streams.codec.batch import Batch
from streams.domain.campaign import Campaign
from streams.domain.facts import Facts
from streams.domain.fold import Limits, fold
from streams.domain.interaction import Interaction
from streams.domain.visitor import Visitor
from tests.builders import LIMITS, stamped

Totals = tuple[Counter[Any], Counter[Any], Counter[Any]]


def totals(
    found: Sequence[Interaction],
    cuts: Sequence[int] = (),
    *,
    restart: bool = False,
    versions: Sequence[Campaign] = (),
    limits: Limits = LIMITS,
) -> Totals:
    """Events, sessions and journeys after folding, cut into batches at these places.

    `restart`: the state goes through its snapshot between two batches.
    """
    visitors: dict[int, Visitor] = {}
    sums: Totals = Counter(), Counter(), Counter()
    for start, end in zip((0, *sorted(cuts)), (*sorted(cuts), len(found)), strict=True):
        batch = stamped(found[start:end], versions)
        add(sums, batch, fold(batch.steps, visitors, limits))
        if restart:
            visitors = {key: snapshot(visitor) for key, visitor in visitors.items()}
    return sums


def snapshot(visitor: Visitor) -> Visitor:
    """What the store gives back of a visitor."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(visitor), type=Visitor)


def add(sums: Totals, batch: Batch, facts: Facts) -> None:
    """Add one batch's facts."""
    events, sessions, journeys = sums
    for index, derived_at, clamped in zip(
        facts.accepted, facts.derived_at, facts.clamped, strict=True
    ):
        found = batch.interactions[index]
        events[found.visitor, found.event_id, derived_at, clamped, batch.steps[index][8]] += 1
    for index, sign, _, own, *row in facts.sessions:
        name = batch.interactions[index].visitor, batch.campaigns[index] if own else ""
        _count(sessions, (*name, *row), sign)
    for index, sign, _, journey in facts.journeys:
        name = batch.interactions[index].visitor, batch.campaigns[index]
        _count(journeys, (*name, *journey), sign)


def _count(sums: Counter[Any], row: Any, sign: int) -> None:
    sums[row] += sign
    if not sums[row]:
        del sums[row]
