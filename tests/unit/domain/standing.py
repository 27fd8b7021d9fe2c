"""Standing: what the facts of some interactions add up to, as values with names.

Every claim is looked at twice: all interactions in one batch, and each in a batch of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from streams.domain.campaign import Campaign
from streams.domain.fold import Limits
from streams.domain.interaction import Interaction
from streams.domain.keys import name_key
from tests.builders import DAY, LIMITS, T0, interaction
from tests.property.sums import Totals, totals

DIRECT = name_key(b"direct")

RECEIVED = T0 + 3_000 * DAY


def touch(stage: str, at: int = 0, **given: Any) -> Interaction:
    """An imported touch of v in c at a time after T0; its id says what it is."""
    fields = {"source": "load", "occurred_at": T0 + at, "received_at": RECEIVED} | given
    event_id = fields.pop("event_id", f"{stage}-{at}")
    return interaction(event_id, stage, **fields)


class Session(NamedTuple):
    """A row of `sessions` whose signs add up to one."""

    started_at: int
    ended_at: int
    interactions: int
    capped: bool = False
    campaign: str = ""
    visitor: str = "v"


class Journey(NamedTuple):
    """A row of `journeys` whose signs add up to one, in the table's order of columns."""

    visit_at: int = 0
    talk_at: int = 0
    act_at: int = 0
    first_visit_at: int = 0
    first_talk_at: int = 0
    first_act_at: int = 0
    first_passive_at: int = 0
    first_pushback_at: int = 0
    act_after_talk_at: int = 0
    pushback_after_talk_at: int = 0
    acts: int = 0
    pushbacks: int = 0
    value_minor: int = 0
    origin_key: int = DIRECT
    capped: int = 0


class Happened(NamedTuple):
    """What an accepted interaction became."""

    derived_at: int
    clamped: bool = False


def sessions(
    found: Sequence[Interaction], versions: Sequence[Campaign] = (), limits: Limits = LIMITS
) -> list[Session]:
    """All sessions that stand after these interactions, the earliest first."""
    _, rows, _ = _sums(found, versions, limits)
    assert set(rows.values()) <= {1}
    return sorted(Session(*row[2:], campaign=row[1], visitor=row[0]) for row in rows)


def journeys(
    found: Sequence[Interaction], versions: Sequence[Campaign] = (), limits: Limits = LIMITS
) -> dict[str, Journey]:
    """One visitor's journeys that stand after these interactions, by campaign."""
    _, _, rows = _sums(found, versions, limits)
    assert set(rows.values()) <= {1}
    standing = {row[1]: Journey(*row[2:]) for row in rows}
    assert len(standing) == len(rows)
    return standing


def journey(
    found: Sequence[Interaction], versions: Sequence[Campaign] = (), limits: Limits = LIMITS
) -> Journey:
    """The journey in campaign c, which must be the only one."""
    standing = journeys(found, versions, limits)
    assert standing.keys() == {"c"}
    return standing["c"]


def happened(found: Sequence[Interaction], limits: Limits = LIMITS) -> dict[str, Happened]:
    """When each accepted interaction happened, by its id."""
    rows, _, _ = _sums(found, (), limits)
    return {row[1]: Happened(*row[2:4]) for row in rows}


def accepted(found: Sequence[Interaction], limits: Limits = LIMITS) -> dict[Any, int]:
    """How often each id was accepted."""
    rows, _, _ = _sums(found, (), limits)
    return {row[1]: count for row, count in rows.items()}


def _sums(found: Sequence[Interaction], versions: Sequence[Campaign], limits: Limits) -> Totals:
    together = totals(found, versions=versions, limits=limits)
    each = totals(found, range(1, len(found)), versions=versions, limits=limits)
    assert each == together
    return together
