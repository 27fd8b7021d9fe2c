"""Tables: what is true of the live ones that exactly-once needs, and what they look like whole."""

from typing import NamedTuple

from clickhouse_driver import Client

JOURNAL = "schema_migrations"
WINDOW = r"(?:replicated|non_replicated)_deduplication_window = (\d+)"
WITHOUT_WINDOW = """
SELECT name
FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name != {journal:String}
    AND toUInt32OrZero(extract(create_table_query, {window:String})) = 0
ORDER BY name
"""
DEFINITIONS = """
SELECT name, create_table_query
FROM system.tables
WHERE database = currentDatabase() AND name != {journal:String}
ORDER BY name
"""


class Definition(NamedTuple):
    """A table or view as ClickHouse would make it again."""

    name: str
    sql: str


def without_window(client: Client) -> tuple[str, ...]:
    """Fact tables and view targets whose repeated inserts would count twice."""
    rows = client.execute(WITHOUT_WINDOW, {"journal": JOURNAL, "window": WINDOW})
    return tuple(name for (name,) in rows)


def definitions(client: Client) -> tuple[Definition, ...]:
    """All tables and views of the database but the migrations' own, in alphabetical order."""
    return tuple(Definition(*row) for row in client.execute(DEFINITIONS, {"journal": JOURNAL}))
