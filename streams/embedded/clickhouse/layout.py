"""Layout: the columns that an INSERT expects, asked once and remembered until tables may change."""

from typing import Any

from streams.embedded.clickhouse.columns import Field, Fields
from streams.embedded.clickhouse.errors import ErrorCode, refusal
from streams.embedded.clickhouse.session import Session
from streams.embedded.clickhouse.statements import Insert, listed_columns

NOT_INSERTED = frozenset({"MATERIALIZED", "ALIAS", "EPHEMERAL"})  # unless they are named


def expected_fields(session: Session, insert: Insert) -> Fields:
    layouts = session.engine.layouts
    key = (session.database, insert.target, insert.columns)
    if found := layouts.get(key):
        return found
    generation = layouts.generation
    fields = _ask(session, insert)
    if not insert.into_function():
        layouts.keep(key, fields, generation)
    return fields


def _ask(session: Session, insert: Insert) -> Fields:
    names = listed_columns(insert.columns)
    if names is None:
        return session.described(f"(SELECT {insert.columns} FROM {insert.target})")
    table = insert.target[len("FUNCTION") :] if insert.into_function() else insert.target
    rows = session.json(f"DESCRIBE TABLE {table}")["data"]
    if names:
        return tuple(_named(rows, name, insert.target) for name in names)
    return tuple(Field(row[0], row[1]) for row in rows if row[2] not in NOT_INSERTED)


def _named(rows: list[list[Any]], name: str, target: str) -> Field:
    for row in rows:
        if row[0] == name:
            return Field(name, row[1])
    raise refusal(
        ErrorCode.NO_SUCH_COLUMN_IN_TABLE,
        f"No such column {name} in table {target}.",
    )
