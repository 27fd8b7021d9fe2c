"""Facts' way out: what is inserted, and who inserts it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

Column = Sequence[Any]


class InsertBatch(NamedTuple):
    """Columns of one table by name, all of one length; one INSERT and one block."""

    table: str
    columns: dict[str, Column]
    token: str = ""
    """Its own deduplication token, where the rows are no facts of one batch; empty: the batch's."""

    @property
    def rows(self) -> int:
        """How many rows it adds."""
        return len(next(iter(self.columns.values()), ()))


class FactWriter(Protocol):
    """Writes batches so that the same token never adds anything twice."""

    async def write(self, inserts: Sequence[InsertBatch], token: str) -> bool:
        """Repeat until every insert is acknowledged; False when told to give up before."""

    def give_up(self) -> None:
        """Stop repeating: the batch is left to whoever owns the partition next."""
