"""Which parameters the queries of a page get."""

import pytest

from streams.console.view import ALL_QUERIES, DAY_MS, MINUTE_MS, Range, View, parameters
from streams.warehouse.queries import named_query

NOW = 1_790_000_059_999
MINUTE = 1_790_000_040_000  # the running one


@pytest.mark.parametrize("name", ALL_QUERIES)
def test_every_query_gets_exactly_its_parameters(name: str) -> None:
    found = parameters(View("acme", "petition"), name, NOW)

    assert set(found) == {parameter.name for parameter in named_query(name).parameters}


def test_a_range_begins_on_a_whole_minute_and_reaches_beyond_now() -> None:
    found = parameters(View("acme", "petition", Range.DAY), "funnel", NOW)

    assert found["from_ms"] == MINUTE - DAY_MS
    assert found["to_ms"] == MINUTE + 10 * MINUTE_MS


def test_ever_begins_at_the_beginning() -> None:
    assert parameters(View("acme", "petition"), "funnel", NOW)["from_ms"] == 0


def test_the_series_is_of_sixty_minutes_whatever_the_range() -> None:
    found = parameters(View("acme", "petition", Range.WEEK), "funnel_series", NOW)

    assert (found["from_ms"], found["to_ms"]) == (MINUTE - 59 * MINUTE_MS, MINUTE + MINUTE_MS)
