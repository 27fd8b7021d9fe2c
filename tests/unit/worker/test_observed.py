"""What lanes do stands in the metrics."""

import asyncio
from collections.abc import Mapping

import pytest
from faust.types import TP
from prometheus_client import REGISTRY

from streams.codec.rows import Place
from streams.worker.lane import Planned, Settled, Stored, Wrote
from streams.worker.observed import Observed, measure
from tests.loops import on_a_loop


def value(metric: str, place: Place) -> float | None:
    labels = {"topic": place.topic, "partition": str(place.partition)}
    return REGISTRY.get_sample_value(f"stepthree_worker_{metric}", labels)


class FakeLanes:
    """Two lanes, the first of them behind; the measure ends when it looks a second time."""

    def __init__(self, behind: Mapping[TP, int]) -> None:
        self._behind = behind
        self._looked = False

    def behind(self) -> Mapping[TP, int]:
        if self._looked:
            raise asyncio.CancelledError
        self._looked = True
        return self._behind


def test_records_count_once_they_are_settled() -> None:
    observed, place = Observed(), Place("counted", 0, 1)

    for effect in (Planned(3, 8), Wrote(8), Settled(8), Stored(8), Planned(8, 10)):
        observed(place, effect)

    assert value("records_total", place) == 5
    assert value("settled_timestamp_seconds", place) is not None


def test_outcomes_count_when_they_are_written_and_not_when_they_are_folded_again() -> None:
    before = outcome("duplicate")

    Observed()(Place("counted", 0, 1), Wrote(8, {"accepted": 4, "duplicate": 1}))

    assert outcome("duplicate") == before + 1


def outcome(name: str) -> float:
    """Records that became this, so far."""
    labels = {"outcome": name}
    return REGISTRY.get_sample_value("stepthree_worker_outcomes_total", labels) or 0.0


def test_a_batch_that_another_worker_planned_is_not_counted() -> None:
    observed, place = Observed(), Place("redone", 0, 1)

    observed(place, Settled(8))

    assert value("records_total", place) == 0
    assert value("settled_timestamp_seconds", place) is not None


@on_a_loop
async def test_a_lane_with_nothing_to_settle_is_fresh_and_one_behind_is_not() -> None:
    lanes = FakeLanes({TP("measured", 0): 7, TP("measured", 1): 0})

    with pytest.raises(asyncio.CancelledError):
        await measure(lanes, every_s=0)

    assert value("lag_records", Place("measured", 0, 1)) == 7
    assert value("settled_timestamp_seconds", Place("measured", 0, 1)) is None
    assert value("lag_records", Place("measured", 1, 1)) == 0
    assert value("settled_timestamp_seconds", Place("measured", 1, 1)) is not None
