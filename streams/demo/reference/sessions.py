"""Sessions: runs of one visitor's interactions with no gap longer than allowed, however long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from streams.demo.reference.campaigns import Definitions
from streams.demo.reference.expected import Event, Session
from streams.demo.reference.stamping import Stamped


def sessions_of(stamped: Iterable[Stamped], definitions: Definitions) -> list[Session]:
    """Every session of every visitor, of a campaign's own where it asks for them."""
    times: dict[tuple[str, str, str, int], list[int]] = defaultdict(list)
    for item in stamped:
        if item.event.in_session:
            campaign, gap_ms = _belongs_to(item.event, definitions)
            key = item.event.tenant, campaign, item.event.visitor, gap_ms
            times[key].append(item.event.derived_at)
    return [
        Session(tenant, campaign, visitor, run[0], run[-1], len(run))
        for (tenant, campaign, visitor, gap_ms), at in times.items()
        for run in runs_of(at, gap_ms)
    ]


def runs_of(times: Iterable[int], gap_ms: int) -> list[list[int]]:
    """Sorted times cut wherever two neighbours are more than `gap_ms` apart."""
    runs: list[list[int]] = []
    for at in sorted(times):
        if runs and at - runs[-1][-1] <= gap_ms:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def _belongs_to(event: Event, definitions: Definitions) -> tuple[str, int]:
    policy = definitions.policy(event.tenant, event.campaign, event.received_at)
    if policy.own_gap_ms:
        return event.campaign, policy.own_gap_ms
    return "", definitions.rules.gap_ms
