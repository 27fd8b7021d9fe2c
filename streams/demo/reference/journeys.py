"""Journeys: one visitor in one campaign, by trying every chain of visit, talk and act.

A chain is a visit, a talk at or after it inside the talk window, and an act at or after that talk
inside the act window, or the beginning of one. The longest wins, then the earliest entry, then the
earliest talk, then the earliest act; so a further interaction never shortens it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from streams.demo.reference.campaigns import Definitions, Policy
from streams.demo.reference.expected import Journey
from streams.demo.reference.stamping import Stamped

REACHED = ("none", "visit", "talk", "act")


def journeys_of(stamped: Iterable[Stamped], definitions: Definitions) -> list[Journey]:
    """Every journey; a send touches none, an interaction without a campaign belongs to none."""
    touches: dict[tuple[str, str, str], list[Stamped]] = defaultdict(list)
    for item in stamped:
        if item.event.campaign and item.event.stage != "send":
            key = item.event.tenant, item.event.campaign, item.event.visitor
            touches[key].append(item)
    return [journey_of(mine, definitions) for mine in touches.values()]


def journey_of(mine: Sequence[Stamped], definitions: Definitions) -> Journey:
    """The journey of these touches, all of one visitor in one campaign, in log order."""
    last = mine[-1].event
    policy = definitions.policy(last.tenant, last.campaign, last.received_at)
    visits, talks, acts, passives, pushbacks = (
        _times(mine, stage) for stage in ("visit", "talk", "act", "passive", "pushback")
    )
    chain = furthest(visits, talks, acts, policy)
    first_talk = min(talks, default=0)
    return Journey(
        last.tenant,
        last.campaign,
        last.visitor,
        chain[0],
        chain[1],
        chain[2],
        first_visit_at=min(visits, default=0),
        first_talk_at=first_talk,
        first_act_at=min(acts, default=0),
        act_after_talk_at=_first_from(acts, first_talk) if talks else 0,
        pushback_after_talk_at=_first_from(pushbacks, first_talk) if talks else 0,
        first_passive_at=min(passives, default=0),
        first_pushback_at=min(pushbacks, default=0),
        acts=len(acts),
        pushbacks=len(pushbacks),
        value_minor=sum(_value(item, definitions) for item in mine),
        reached=REACHED[sum(at > 0 for at in chain)],
        path=path_of(visits, talks, acts),
        origin=_origin(mine),
    )


def furthest(
    visits: Sequence[int], talks: Sequence[int], acts: Sequence[int], policy: Policy
) -> tuple[int, int, int]:
    """Times of visit, talk and act of the winning chain, 0 where it does not get."""
    started = [(visit, 0, 0) for visit in visits]
    talked = [
        (visit, talk, 0)
        for visit in visits
        for talk in talks
        if 0 <= talk - visit <= policy.talk_window_ms
    ]
    acted = [
        (visit, talk, act)
        for visit, talk, _ in talked
        for act in acts
        if 0 <= act - talk <= policy.act_window_ms
    ]
    return min(acted or talked or started, default=(0, 0, 0))


def path_of(visits: Sequence[int], talks: Sequence[int], acts: Sequence[int]) -> str:
    """The class of an actor by the first times of each stage; equal times count as in order."""
    if not acts:
        return "none"
    act, talk = min(acts), min(talks, default=None)
    visit = min(visits, default=None)
    seen = visit is not None and visit <= act
    if talk is None:
        return "visit-act" if seen else "act"
    if talk > act:
        return "act-talk"
    if visit is not None and visit <= talk:
        return "visit-talk-act"
    return "talk-visit-act" if seen else "talk-act"


def _times(mine: Sequence[Stamped], stage: str) -> list[int]:
    return [item.event.derived_at for item in mine if item.event.stage == stage]


def _first_from(times: Sequence[int], start: int) -> int:
    return min((at for at in times if at >= start), default=0)


def _value(item: Stamped, definitions: Definitions) -> int:
    event = item.event
    currency = definitions.policy(event.tenant, event.campaign, event.received_at).currency
    counts = event.stage == "act" and currency and item.currency == currency
    return item.value_minor if counts else 0


def _origin(mine: Sequence[Stamped]) -> str | None:
    first = min(item.event.derived_at for item in mine)
    origins = {item.origin for item in mine if item.event.derived_at == first}
    return origins.pop() if len(origins) == 1 else None
