"""Exchange: views feed the tables that their names mean now; an interrupted one is finished."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from clickhouse_driver import Client

from streams.__main__ import cli
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
from streams.warehouse.migrations import declared_migrations
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


class Overlapped(Client):  # type: ignore[misc]  # the driver has no types
    """A client; once, when it has exchanged so many tables, somebody else is at work."""

    def __init__(self, inner: Client, after: int, other: Callable[[], object]) -> None:
        self._inner, self._left, self._other = inner, after, other

    def execute(self, query: str, *arguments: object, **named: object) -> object:
        found = self._inner.execute(query, *arguments, **named)
        if query.startswith("EXCHANGE"):
            self._left -= 1
            if not self._left:
                self._other()
        return found


def test_an_exchange_that_another_one_finishes_meanwhile_is_not_undone(
    pair: tuple[Client, Client],
) -> None:
    live, beside = pair
    first, second = names(live, beside)
    meanwhile = Overlapped(beside, 1, lambda: exchange(beside, first, second))

    moved = exchange(meanwhile, first, second)

    assert len(moved) == 1
    assert live.execute(SUMS) == [(2, 2, 2, 2)]
    assert exchange(beside, first, second) == []


def test_an_exchange_that_was_undone_meanwhile_is_not_called_done(
    pair: tuple[Client, Client],
) -> None:
    live, beside = pair
    first, second = names(live, beside)
    back = f"EXCHANGE TABLES {first}.accepted_by_minute AND {second}.accepted_by_minute"
    undone = Overlapped(beside, 3, lambda: live.execute(back))

    with pytest.raises(ExchangeError, match="found others as accepted_by_minute"):
        exchange(undone, first, second)

    assert exchange(beside, first, second) == ["accepted_by_minute"]


def test_a_replay_beside_another_one_is_refused(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "rebuild").mkdir()
    own = msgspec.structs.replace(settings, home=tmp_path)
    with (tmp_path / "rebuild/lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = CliRunner(env=own.environment()).invoke(cli, ["replay"])
    assert refused.exit_code == 1
    assert "another `stepthree replay` is at work" in refused.stderr


def test_a_database_with_pending_migrations_is_refused(settings: Settings, tmp_path: Path) -> None:
    older = msgspec.structs.replace(
        settings, home=tmp_path, clickhouse_database="older", kafka_bootstrap="127.0.0.1:1"
    )
    migrate(older)
    migrate(older, to=max(declared_migrations()) - 1)

    refused = CliRunner(env=older.environment()).invoke(cli, ["replay"])

    assert refused.exit_code == 1
    assert "is not applied: run `stepthree migrate`" in refused.stderr
    client = connect(settings)
    assert client.execute("SELECT count() FROM system.databases WHERE name LIKE 'older_%'") == [
        (0,)
    ]


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
