"""What the console sends: server-sent events and rows as JSON."""

import math
from datetime import UTC, datetime

import msgspec

from streams.console.shape import as_json
from streams.console.sse import frame, retry
from streams.warehouse.queries import QueryResult


def test_a_message_has_its_name_its_data_and_an_empty_line() -> None:
    assert frame("numbers", b'{"a":1}') == b'event: numbers\ndata: {"a":1}\n\n'


def test_every_line_of_the_data_is_a_data_line() -> None:
    assert frame("x", b"one\ntwo") == b"event: x\ndata: one\ndata: two\n\n"


def test_a_message_without_data_still_has_a_data_line() -> None:
    assert frame("x", b"") == b"event: x\ndata: \n\n"


def test_the_browser_is_told_when_to_come_again() -> None:
    assert retry(2_000) == b"retry: 2000\n\n"


def test_rows_are_objects_in_the_order_of_the_columns() -> None:
    result = QueryResult(("stage", "persons"), [("visit", 3), ("talk", 1)])

    assert bytes(as_json(result)) == (
        b'[{"stage":"visit","persons":3},{"stage":"talk","persons":1}]'
    )


def test_times_are_milliseconds_and_what_is_no_number_is_null() -> None:
    at = datetime(2026, 11, 25, 3, 0, 0, 250_000, UTC)
    naive = datetime(2026, 11, 25, 3, 0)  # noqa: DTZ001 -- the driver's form of a column without zone
    result = QueryResult(("at", "naive", "rate", "none"), [(at, naive, math.nan, None)])

    (row,) = msgspec.json.decode(as_json(result))

    assert row == {"at": 1795575600250, "naive": 1795575600000, "rate": None, "none": None}
