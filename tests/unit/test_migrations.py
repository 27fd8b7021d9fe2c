"""Migrations as files: read in order, and a database that does not belong to them is refused."""

from pathlib import Path

import pytest

from streams.warehouse.migrations import (
    Migration,
    MigrationError,
    Progress,
    declared_migrations,
    refuse_foreign,
)

KNOWN = {1: Migration(1, "events", ("CREATE",), ("DROP",), "sum")}


def progress(**changes: object) -> Progress:
    return Progress(1, "events", "sum", True, 1, 1)._replace(**changes)


def test_migrations_are_read_in_order_with_both_ways(tmp_path: Path) -> None:
    for name, sql in {
        "0002_sessions.up.sql": "CREATE b;",
        "0002_sessions.down.sql": "DROP b;",
        "0001_events.up.sql": "CREATE a; CREATE v;",
        "0001_events.down.sql": "DROP v; DROP a;",
    }.items():
        (tmp_path / name).write_text(sql)
    found = declared_migrations(tmp_path)
    assert [(step.title, step.up, step.down) for step in found.values()] == [
        ("0001_events", ("CREATE a", "CREATE v"), ("DROP v", "DROP a")),
        ("0002_sessions", ("CREATE b",), ("DROP b",)),
    ]


def test_a_migration_without_a_way_back_is_no_migration(tmp_path: Path) -> None:
    (tmp_path / "0001_events.up.sql").write_text("CREATE a;")
    with pytest.raises(FileNotFoundError, match=r"0001_events\.down\.sql"):
        declared_migrations(tmp_path)


def test_a_database_that_is_as_the_code_says_is_fine() -> None:
    refuse_foreign({1: progress()}, KNOWN)


def test_a_database_newer_than_the_code_is_refused() -> None:
    with pytest.raises(MigrationError, match=r"0002_extra, this code knows up to 0001"):
        refuse_foreign({2: progress(version=2, name="extra")}, KNOWN)


def test_a_migration_that_was_changed_after_it_was_applied_is_refused() -> None:
    with pytest.raises(MigrationError, match="0001_events was changed after it was applied"):
        refuse_foreign({1: progress(checksum="another")}, KNOWN)


def test_what_was_undone_may_change_or_go() -> None:
    undone = {
        1: progress(up=False, checksum="another"),
        2: progress(version=2, up=False),
    }
    refuse_foreign(undone, KNOWN)
