"""The oracle as one question: do the live tables and SQL over the events equal the reference?"""

from collections.abc import Sequence
from typing import Any

from clickhouse_driver import Client

from streams.demo.comparison import differences
from streams.demo.reference import Expected
from tests.oracle.sql import sql_differences


def compare(
    expected: Expected, client: Client, definitions: Sequence[dict[str, Any]] = ()
) -> list[str]:
    """What differs, for people to read; empty when all is equal."""
    return differences(expected, client) + sql_differences(expected, client, definitions)
