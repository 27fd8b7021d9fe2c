"""A source of numbers for tests: answers what it was told to, and remembers what it was asked."""

from collections.abc import Mapping

import msgspec
from msgspec import Raw

from streams.console.reader import AwayError
from streams.warehouse.queries import Value


class FakeSource:
    """`rows` by query name; a query that is not there answers with no row.

    While it is `away`, it is so for every query, or only for that named `away_at`.
    """

    def __init__(self) -> None:
        self.rows: dict[str, object] = {"freshness": [{"newest_at": None}]}
        self.away: str | None = None
        self.away_at: str | None = None
        self.asked: list[str] = []

    async def read(self, name: str, parameters: Mapping[str, Value]) -> Raw:
        self.asked.append(name)
        if self.away and self.away_at in (None, name):
            raise AwayError(self.away)
        return Raw(msgspec.json.encode(self.rows.get(name, [])))
