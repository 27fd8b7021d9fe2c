"""Shape: a query's result as JSON: a list of objects, times in milliseconds since 1970."""

from datetime import UTC, datetime

import msgspec

from streams.warehouse.queries import QueryResult

SECOND_MS = 1_000


def as_json(result: QueryResult) -> msgspec.Raw:
    """One object per row, its fields in the order of the columns; NaN becomes null."""
    rows = [
        {column: _plain(value) for column, value in zip(result.columns, row, strict=True)}
        for row in result.rows
    ]
    return msgspec.Raw(msgspec.json.encode(rows))


def _plain(value: object) -> object:
    if not isinstance(value, datetime):
        return value
    moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    return round(moment.timestamp() * SECOND_MS)
