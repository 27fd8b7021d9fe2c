"""Standing letters: which dead letters no replay has made interactions of, as ClickHouse says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from clickhouse_driver import Client

from streams.codec.replay import LetterPlace
from streams.domain.interaction import MAX_AT_MS
from streams.letters.doors import Letter
from streams.warehouse.queries import QueryResult, run_query

ALL: Final = "*"


class Scope(NamedTuple):
    """Which letters; `*` is every tenant or reason, times of receipt in ms, the end exclusive."""

    tenant: str = ALL
    reason: str = ALL
    from_ms: int = 0
    to_ms: int = MAX_AT_MS


def letters_by_reason(client: Client, scope: Scope) -> QueryResult:
    """One row per tenant, reason and source."""
    return run_query(client, "letters", **scope._asdict())


def standing(client: Client, scope: Scope) -> list[Letter]:
    """Every letter, in the order of the log."""
    return list(_letters(run_query(client, "letter_places", **scope._asdict())))


def one_letter(client: Client, place: LetterPlace) -> dict[str, object] | None:
    """A letter's columns by name; None when the place holds none."""
    found = run_query(client, "letter", **place._asdict())
    return dict(zip(found.columns, found.rows[0], strict=True)) if found.rows else None


def _letters(found: QueryResult) -> Iterator[Letter]:
    for topic, partition, offset, tenant, received_ms, source, reason in found.rows:
        place = LetterPlace(str(topic), int(str(partition)), int(str(offset)))
        yield Letter(place, str(tenant), int(str(received_ms)), str(source), str(reason))
