"""Columns: what is inserted, and what the migrations declare."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from streams.codec.batch import Batch
from streams.codec.rows import Place
from streams.domain.campaign import Campaign
from streams.domain.facts import Facts
from streams.domain.fold import fold
from streams.domain.interaction import Interaction
from streams.ports.facts import InsertBatch
from streams.topics import SCHEMAS
from streams.warehouse.statements import statements
from tests.builders import LIMITS, stamped

PLACE = Place("interactions", 3, 2)
COMPUTED = re.compile(r"\b(ALIAS|MATERIALIZED)\b")


def batch_of(found: Sequence[Interaction], *versions: Campaign) -> tuple[Batch, Facts]:
    """A batch and its facts, folded from nothing."""
    batch = stamped(found, versions)
    return batch, fold(batch.steps, {}, LIMITS)


def plain(rows: InsertBatch) -> tuple[str, dict[str, list[Any]]]:
    """Table and columns, whatever kind of sequence they are."""
    return rows.table, {name: list(values) for name, values in rows.columns.items()}


def table(name: str) -> set[str]:
    """The columns that an insert may name, as the migrations declare them."""
    files = (SCHEMAS / "clickhouse" / "migrations").glob("*.up.sql")
    declared = [part for file in files for part in statements(file.read_text(encoding="utf-8"))]
    (statement,) = (part for part in declared if part.startswith(f"CREATE TABLE {name}\n"))
    body = statement.partition("(\n")[2].partition("\n)\n")[0].strip()
    columns = re.split(r",\n    (?=\w)", body)
    return {column.split()[0] for column in columns if not COMPUTED.search(column)}
