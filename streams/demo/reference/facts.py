"""Facts: interactions in log order → events, duplicates, sessions, journeys and funnels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from streams.demo.reference.campaigns import Definitions
from streams.demo.reference.expected import (
    DEFAULT,
    Expected,
    Funnel,
    Journey,
    Replay,
    Rules,
)
from streams.demo.reference.journeys import journeys_of
from streams.demo.reference.sessions import sessions_of
from streams.demo.reference.stamping import Stamped, stamp

Raw = Mapping[str, Any]


class Mark(NamedTuple):
    """What a replayed record says: letter and item, tenant and time it was counted as, its place.

    The letter as (topic, partition, offset, item, items), the place as (partition, offset).
    """

    letter: tuple[str, int, int, int, int]
    counted: tuple[str, int]
    place: tuple[int, int]


Marks = dict[int, Mark]
"""By the identity of the interaction."""


def expected_facts(
    interactions: Sequence[Raw],
    campaigns: Sequence[Raw] = (),
    rules: Rules = DEFAULT,
    marks: Mapping[int, Mark] = {},
) -> Expected:
    """Interaction v1 objects as decoded JSON, each visitor's in log order; campaigns in theirs.

    `marks` names the interactions that were dead letters before.
    """
    definitions = Definitions(campaigns, rules)
    by_visitor: dict[tuple[str, str], list[Raw]] = defaultdict(list)
    for raw in interactions:
        by_visitor[raw["tenant"], raw["visitor"]].append(raw)
    stamped: list[Stamped] = []
    duplicates = []
    replays = []
    for (tenant, visitor), mine in by_visitor.items():
        fresh, repeated = without_duplicates(mine, rules.ring)
        stamped += stamp(fresh, definitions)
        for raws, is_duplicate in ((fresh, False), (repeated, True)):
            for raw in raws:
                at = raw["received_at"]
                if mark := marks.get(id(raw)):
                    counted, place = mark.counted, mark.place
                    replays.append(Replay(tenant, at, is_duplicate, *mark.letter, *counted, *place))
                elif is_duplicate:
                    duplicates.append((tenant, visitor, raw["event_id"], at))
    journeys = tuple(sorted(journeys_of(stamped, definitions), key=lambda it: it[:3]))
    return Expected(
        events=tuple(sorted(it.event for it in stamped)),
        duplicates=tuple(sorted(duplicates)),
        sessions=tuple(sorted(sessions_of(stamped, definitions))),
        journeys=journeys,
        funnels=funnels_of(journeys),
        replays=tuple(sorted(replays)),
    )


def without_duplicates(mine: Sequence[Raw], ring: int) -> tuple[list[Raw], list[Raw]]:
    """One visitor's interactions, split: an id among the last `ring` different ones repeats."""
    remembered: dict[str, None] = {}
    fresh: list[Raw] = []
    repeated: list[Raw] = []
    for raw in mine:
        if raw["event_id"] in remembered:
            repeated.append(raw)
            continue
        fresh.append(raw)
        remembered[raw["event_id"]] = None
        if len(remembered) > ring:
            del remembered[next(iter(remembered))]
    return fresh, repeated


def funnels_of(journeys: Sequence[Journey]) -> tuple[Funnel, ...]:
    """Persons per step: every journey counts once in each step it reached in order."""
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for journey in journeys:
        steps = (journey.visit_at, journey.talk_at, journey.act_at)
        cell = counts[journey.tenant, journey.campaign]
        for step, at in enumerate(steps):
            cell[step] += at > 0
    return tuple(Funnel(*key, *cell) for key, cell in sorted(counts.items()))
