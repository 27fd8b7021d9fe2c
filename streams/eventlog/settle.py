"""Settle: wait until every record published before the call has its facts in ClickHouse."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from streams.clock import monotonic_s
from streams.eventlog.admin import administer
from streams.eventlog.offsets import Settled, settled_partitions
from streams.settings import Settings

LOOK_AGAIN_S = 0.1
STALLED_S = 30.0

Place = tuple[str, int]


class NotSettledError(RuntimeError):
    """Nothing moves any more, or the time is up; the text names the partitions and their rest."""


@dataclass(frozen=True, slots=True)
class Goal:
    """The end of every partition when the wait began (exclusive); what comes later is no part."""

    ends: Mapping[Place, int]

    @staticmethod
    def of(states: Iterable[Settled]) -> "Goal":
        """All that is published now."""
        return Goal({(state.topic, state.partition): state.end for state in states})

    def rest(self, states: Iterable[Settled]) -> dict[Place, int]:
        """Records still to settle, for each partition that has any."""
        behind = {
            (state.topic, state.partition): self.ends[state.topic, state.partition]
            - state.committed
            for state in states
        }
        return {place: records for place, records in behind.items() if records > 0}


def settle(
    settings: Settings,
    timeout_s: float,
    stalled_s: float = STALLED_S,
    show: Callable[[int], None] = lambda records: None,
) -> None:
    """Return when all is settled; `show` is told how many records are left, again and again.

    NotSettledError after `timeout_s`, or when nothing moved for `stalled_s`.
    """
    with administer(settings) as admin:
        goal = Goal.of(settled_partitions(admin, settings.kafka_group))
        began_s = moved_s = monotonic_s()
        before: dict[Place, int] = {}
        while rest := goal.rest(settled_partitions(admin, settings.kafka_group)):
            now_s = monotonic_s()
            if rest != before:
                before, moved_s = rest, now_s
            if now_s - began_s > timeout_s:
                raise NotSettledError(f"not settled after {timeout_s:g} s: {described(rest)}")
            if now_s - moved_s > stalled_s:
                raise NotSettledError(f"nothing moved for {stalled_s:g} s: {described(rest)}")
            show(sum(rest.values()))
            time.sleep(LOOK_AGAIN_S)


def described(rest: Mapping[Place, int]) -> str:
    """The partitions and how many records each has left."""
    return ", ".join(
        f"{topic}[{partition}] {records:,} records behind"
        for (topic, partition), records in rest.items()
    )
