"""Balance: one number says whether anything received is in no table, or in two."""

from math import isnan
from threading import Event

import pytest
from clickhouse_driver import Client
from prometheus_client import REGISTRY

from streams.console.balance import LOOK_BACK_MS, missing, watch_balance
from streams.settings import Settings
from tests.warehouse_rows import MINUTE, START, dead_letter, event, insert, receipt

pytestmark = pytest.mark.integration

LATER = START + 20 * MINUTE


def test_nothing_received_is_nothing_missing(client: Client) -> None:
    assert missing(client, LATER) == 0


def test_accepted_duplicate_and_dead_together_balance(client: Client) -> None:
    insert(client, "events", [event(f"v{n}", "visit", 0) for n in range(3)])
    insert(client, "dead_letters", [dead_letter(0, "bad_json")])
    insert(client, "receipts", [receipt(0, 6, duplicates=2)])

    assert missing(client, LATER) == 0


def test_a_loss_and_a_double_do_not_cancel_out(client: Client) -> None:
    insert(client, "receipts", [receipt(0, 3), receipt(MINUTE, 1)])
    insert(client, "events", [event(f"v{n}", "visit", MINUTE) for n in range(3)])

    assert missing(client, LATER) == 3 + 2


@pytest.mark.parametrize(
    "at_ms", [START + 5 * MINUTE, START + LOOK_BACK_MS + 7 * MINUTE], ids=["young", "old"]
)
def test_only_settled_minutes_of_the_last_day_count(client: Client, at_ms: int) -> None:
    insert(client, "receipts", [receipt(0, 3)])

    assert missing(client, at_ms) == 0


def test_without_an_answer_the_metric_is_no_number() -> None:
    stopped = Event()
    stopped.set()

    watch_balance(Settings(clickhouse_port=1), stopped).join()

    value = REGISTRY.get_sample_value("stepthree_conservation_missing")
    assert value is not None
    assert isnan(value)
