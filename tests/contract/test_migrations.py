"""Migrations on the real engine: the tables are the declared ones, every way back leads back."""

import re
from collections.abc import Iterator

import msgspec
import pytest
from clickhouse_driver import Client

from streams.settings import Settings
from streams.warehouse.client import connect
from streams.warehouse.migrate import NOTE, migrate, pending
from streams.warehouse.migrations import MigrationError, declared_migrations
from streams.warehouse.tables import Definition, definitions, without_window

pytestmark = pytest.mark.integration

CREATES = re.compile(r"CREATE (?:TABLE|VIEW|MATERIALIZED VIEW) (\w+)")
NEWEST = max(declared_migrations())


@pytest.fixture
def fresh(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """The session's engine with a database of the test's own, which does not exist yet."""
    name = f"migrations_{abs(hash(request.node.name))}"
    yield msgspec.structs.replace(settings, clickhouse_database=name)
    connect(settings).execute(f"DROP DATABASE IF EXISTS {name}")


def tables(settings: Settings) -> tuple[Definition, ...]:
    return definitions(connect(settings))


def unnamed(found: tuple[Definition, ...], settings: Settings) -> list[Definition]:
    """Without the database's name, which ClickHouse writes into each definition."""
    database = settings.clickhouse_database
    return [each._replace(sql=each.sql.replace(f"{database}.", "")) for each in found]


def note(client: Client, version: int, *, checksum: str, up: bool, done: int, total: int) -> None:
    [(latest,)] = client.execute("SELECT max(step) FROM schema_migrations")
    client.execute(NOTE, [(latest + 1, version, "noted", checksum, up, done, total)])


def test_the_live_tables_are_the_declared_ones(settings: Settings) -> None:
    declared = {
        name
        for step in declared_migrations().values()
        for statement in step.up
        for name in CREATES.findall(statement)
    }
    assert {table.name for table in tables(settings)} == declared


def test_every_live_table_knows_a_repeated_insert(settings: Settings) -> None:
    assert without_window(connect(settings)) == ()


def test_a_table_without_its_window_is_found(fresh: Settings) -> None:
    migrate(fresh)
    client = connect(fresh)
    client.execute("ALTER TABLE origins MODIFY SETTING non_replicated_deduplication_window = 0")
    assert without_window(client) == ("origins",)


def test_up_then_down_then_up_leaves_no_difference(fresh: Settings) -> None:
    migrate(fresh)
    first = tables(fresh)
    migrate(fresh, 0)
    assert tables(fresh) == ()
    migrate(fresh)
    assert tables(fresh) == first


def test_a_fresh_database_has_the_tables_of_the_stack(settings: Settings, fresh: Settings) -> None:
    migrate(fresh)
    assert unnamed(tables(fresh), fresh) == unnamed(tables(settings), settings)


def test_a_second_run_does_nothing(fresh: Settings) -> None:
    assert len(migrate(fresh)) == NEWEST
    assert migrate(fresh) == []
    assert pending(fresh) == []


def test_each_version_can_be_reached_from_above_and_below(fresh: Settings) -> None:
    from_below = []
    for version in range(1, NEWEST + 1):
        migrate(fresh, version)
        from_below.append(tables(fresh))
    for version in range(NEWEST, 0, -1):
        migrate(fresh, version)
        assert tables(fresh) == from_below[version - 1]


def test_what_is_not_applied_is_named_without_applying_it(fresh: Settings) -> None:
    migrate(fresh, 1)
    assert pending(fresh) == [step.title for step in declared_migrations().values()][1:]
    assert len(pending(fresh)) == NEWEST - 1


def test_a_version_that_nobody_declared_is_refused(fresh: Settings) -> None:
    with pytest.raises(MigrationError, match=f"from 0 to {NEWEST}, found 999"):
        migrate(fresh, 999)


def test_a_migration_that_was_interrupted_is_taken_up_where_it_stopped(fresh: Settings) -> None:
    migrate(fresh)
    whole = tables(fresh)
    migrate(fresh, 0)
    step = declared_migrations()[1]
    client = connect(fresh)
    for statement in step.up[:2]:  # both done, but only the first was noted
        client.execute(statement)
    note(client, 1, checksum=step.checksum, up=True, done=1, total=len(step.up))

    migrate(fresh)

    assert tables(fresh) == whole


def test_an_undoing_that_was_interrupted_is_finished_first(fresh: Settings) -> None:
    migrate(fresh)
    whole = tables(fresh)
    step = declared_migrations()[NEWEST]
    client = connect(fresh)
    client.execute(step.down[0])
    note(client, NEWEST, checksum=step.checksum, up=False, done=0, total=len(step.down))

    migrate(fresh)

    assert tables(fresh) == whole


def test_a_table_that_somebody_made_by_hand_is_not_taken_for_ours(fresh: Settings) -> None:
    migrate(fresh, 0)
    connect(fresh).execute("CREATE TABLE events (a Int8) ENGINE = Memory")
    with pytest.raises(MigrationError, match=r"error 57: .*events already exists"):
        migrate(fresh)


def test_a_database_newer_than_the_code_is_refused(fresh: Settings) -> None:
    migrate(fresh)
    note(connect(fresh), 999, checksum="", up=True, done=1, total=1)
    with pytest.raises(MigrationError, match=r"0999_noted.*newer"):
        migrate(fresh)


def test_a_migration_that_was_changed_after_it_was_applied_is_refused(fresh: Settings) -> None:
    migrate(fresh)
    note(connect(fresh), 1, checksum="another", up=True, done=1, total=1)
    with pytest.raises(MigrationError, match="0001_events was changed"):
        migrate(fresh)


def test_an_engine_that_does_not_answer_is_told_with_its_address(settings: Settings) -> None:
    nowhere = msgspec.structs.replace(settings, clickhouse_port=1)
    with pytest.raises(MigrationError, match=r"ClickHouse at 127\.0\.0\.1:1: .*refused"):
        migrate(nowhere)
