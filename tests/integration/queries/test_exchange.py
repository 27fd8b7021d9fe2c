"""Exchange: views feed the tables that their names mean now; an interrupted one is finished."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from clickhouse_driver import Client

from streams.embedded.processes import Supervisor
from streams.settings import Settings
from streams.warehouse.client import connect
from streams.warehouse.epochs import (
    Epoch,
    EpochError,
    newest_epoch,
    note_epoch,
    refuse_other_epoch,
    shadow_of,
    withdraw_epoch,
)
from streams.warehouse.exchange import ExchangeError, exchange, is_begun
from streams.warehouse.migrate import migrate
from tests.warehouse_rows import event, insert, journey, start_warehouse

pytestmark = pytest.mark.integration

SUMS = """
SELECT (SELECT count() FROM events), (SELECT sum(accepted) FROM accepted_by_minute),
       (SELECT sum(sign) FROM journeys), (SELECT sum(visited) FROM funnel_by_entry)
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with Supervisor() as parts:
        yield start_warehouse(parts, tmp_path_factory.mktemp("exchange"))


@pytest.fixture
def pair(settings: Settings, request: pytest.FixtureRequest) -> tuple[Client, Client]:
    """Clients of a live database and of one beside it, which has one visitor more."""
    name = f"live_{abs(hash(request.node.name))}"
    live = msgspec.structs.replace(settings, clickhouse_database=name)
    beside = shadow_of(live, 2)
    for each, visitors in ((live, "a"), (beside, "ab")):
        migrate(each)
        for visitor in visitors:
            insert(connect(each), "events", [event(visitor, "visit", 0)])
            insert(connect(each), "journeys", [journey(visitor, visit=0)])
    return connect(live), connect(beside)


def names(live: Client, beside: Client) -> tuple[str, str]:
    [(first,)] = live.execute("SELECT currentDatabase()")
    [(second,)] = beside.execute("SELECT currentDatabase()")
    return first, second


def test_tables_change_places_and_views_feed_those_in_place(pair: tuple[Client, Client]) -> None:
    live, beside = pair
    assert set(exchange(beside, *names(live, beside))) >= {"events", "funnel_by_minute", "receipts"}
    assert (live.execute(SUMS), beside.execute(SUMS)) == ([(2, 2, 2, 2)], [(1, 1, 1, 1)])

    insert(live, "events", [event("c", "visit", 0)])
    insert(live, "journeys", [journey("c", visit=0)])

    assert (live.execute(SUMS), beside.execute(SUMS)) == ([(3, 3, 3, 3)], [(1, 1, 1, 1)])


def test_an_exchange_that_was_interrupted_is_finished_and_never_undone(
    pair: tuple[Client, Client],
) -> None:
    live, beside = pair
    first, second = names(live, beside)
    assert not is_begun(beside)
    tables = exchange(beside, first, second)
    beside.execute(f"EXCHANGE TABLES {first}.events AND {second}.events")  # as if not yet done
    assert is_begun(beside)

    assert exchange(beside, first, second) == ["events"]
    assert exchange(beside, first, second) == []
    assert len(tables) > 5
    assert live.execute(SUMS) == [(2, 2, 2, 2)]


def test_databases_with_other_tables_are_refused(pair: tuple[Client, Client]) -> None:
    live, beside = pair
    live.execute("CREATE TABLE extra (a UInt8) ENGINE = MergeTree ORDER BY a")
    with pytest.raises(ExchangeError, match="found a difference in extra"):
        exchange(beside, *names(live, beside))
    assert live.execute(SUMS) == [(1, 1, 1, 1)]


def test_a_worker_of_another_epoch_is_refused(pair: tuple[Client, Client]) -> None:
    live, _ = pair
    refuse_other_epoch(live, 1)
    note_epoch(live, Epoch(2, done=False))
    with pytest.raises(EpochError, match="being put in place"):
        refuse_other_epoch(live, 2)
    withdraw_epoch(live, Epoch(2, done=False))
    assert newest_epoch(live) == Epoch(1, done=True)
    note_epoch(live, Epoch(2, done=False))
    note_epoch(live, Epoch(2, done=True))
    refuse_other_epoch(live, 2)
    with pytest.raises(EpochError, match="expected STEPTHREE_EPOCH=2"):
        refuse_other_epoch(live, 1)


def test_tables_without_epochs_are_those_of_an_earlier_version(pair: tuple[Client, Client]) -> None:
    live, _ = pair
    live.execute("DROP TABLE epochs SYNC")
    with pytest.raises(EpochError, match="run `stepthree migrate`"):
        refuse_other_epoch(live, 1)
