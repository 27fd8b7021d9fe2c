"""Oracle: the tables of a run against its ledger and against what the reference makes of its log.

accepted ⊆ stored ⊆ sent, no event twice, and every fact and roll-up cell as the reference says.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from streams.demo.comparison import Difference, compare
from streams.demo.verdict import expected_of_log
from streams.settings import Settings
from streams.warehouse.client import connect
from tests.faults.traffic import Traffic

ROLL_UPS: Final = (
    "accepted_by_minute", "dead_by_minute", "receipts", "funnel_by_entry", "funnel_by_reached",
    "conservation",
)  # fmt: skip
STORED: Final = "SELECT DISTINCT event_id FROM events"
REPEATED: Final = """
SELECT greatest(
    count() - uniqExact(tenant, visitor, event_id), count() - uniqExact(partition, offset)
) FROM events
"""


class Verdict(NamedTuple):
    """What a run came to; `different` is for people, and empty when all is right."""

    scenario: str
    seed: int
    events: int
    lost: int
    doubled: int
    rollup_diff: int
    recovery_s: float | None
    different: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """Whether nothing was lost, doubled or different."""
        return not (self.lost or self.doubled or self.rollup_diff or self.different)

    def published(self) -> dict[str, Any]:
        """The figures."""
        figures = self._asdict()
        del figures["different"]
        return figures


class Found(NamedTuple):
    """The tables' part of a verdict."""

    lost: int
    doubled: int
    rollup_diff: int
    different: tuple[str, ...]


def judge(settings: Settings, traffics: Sequence[Traffic]) -> Found:
    """Compare everything; all must be settled."""
    with uncollected():
        expected = expected_of_log(settings)
    client = connect(settings)
    try:
        found = tuple(compare(expected, client))
        stored = {row[0] for row in client.execute(STORED)}
        ((doubled,),) = client.execute(REPEATED)
    finally:
        client.disconnect()
    accepted = set().union(*(traffic.accepted for traffic in traffics))
    sent = set().union(*(traffic.sent for traffic in traffics))
    foreign = stored - sent
    told = [f"events: expected only what was sent, found {len(foreign)} others"] if foreign else []
    return Found(
        lost=len(accepted - stored),
        doubled=int(doubled),
        rollup_diff=sum(each.rows for each in found if each.table in ROLL_UPS),
        different=(*told, *_told(found)),
    )


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for cycles: with millions of small values it is a third of all time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _told(found: Iterable[Difference]) -> Iterable[str]:
    return [line for each in found for line in each.told]
