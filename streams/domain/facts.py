"""Facts: what one batch adds to the tables; sessions and journeys are signed, (-1 old, +1 new).

Rows are plain tuples: a named tuple costs ten times as much, and an event makes three.
"""

from __future__ import annotations

from typing import NamedTuple

from streams.domain.visitor import JourneyRow, Visitor

SessionFact = tuple[int, int, int, bool, int, int, int, bool]
"""index, sign, visitor_key, own, started_at, ended_at, interactions, capped.

`index`: the batch's first interaction that changed it; `own`: it belongs to its campaign only.
"""

JourneyFact = tuple[int, int, int, JourneyRow]
"""index, sign, visitor_key, row; `index` names the interaction, and so the campaign."""


class Facts(NamedTuple):
    """All facts of one batch, in the order of the interactions that caused them."""

    accepted: list[int]
    """Indexes of the interactions that are no duplicates; the next two go with them."""
    derived_at: list[int]
    clamped: list[bool]
    duplicates: list[int]
    sessions: list[SessionFact]
    journeys: list[JourneyFact]
    changed: dict[int, Visitor]
    """The visitors that the batch changed, for the store; duplicates change nothing."""
