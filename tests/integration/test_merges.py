"""Merges: sums over signed rows are the same before and after, whatever was merged with what."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from streams.codec.batch import decode_batch
from streams.codec.rows import Place, journey_rows, session_rows
from streams.domain.campaign import Campaigns, Policy
from streams.domain.fold import Limits, fold
from streams.domain.stamp import Stamper
from streams.domain.visitor import Visitor
from streams.settings import Settings
from streams.warehouse.client import connect
from streams.warehouse.migrate import migrate
from streams.warehouse.writer import Writer
from tests.builders import interaction, records

pytestmark = pytest.mark.integration

MIDNIGHT = 1_767_225_600_000  # 2026-01-01T00:00Z
SUMS = {
    "SELECT sum(sign), sumIf(sign, has_talk), sum(sign * acts) FROM journeys": (1, 1, 2),
    "SELECT sum(sign), sum(sign * interactions) FROM sessions": (1, 4),
    "SELECT sum(visited), sum(talked), sum(acted) FROM funnel_by_entry": (1, 1, 1),
}  # fmt: skip


def test_rows_received_around_midnight_out_of_order_merge_to_the_same_sums(
    settings: Settings,
) -> None:
    own = msgspec.structs.replace(settings, clickhouse_database="merges")
    migrate(own)
    asyncio.run(written_one_by_one(own))
    with connect(own) as client:
        assert {sql: client.execute(sql)[0] for sql in SUMS} == SUMS
        for table in ("journeys", "sessions", "funnel_by_minute"):
            client.execute(f"OPTIMIZE TABLE {table} FINAL")
        assert {sql: client.execute(sql)[0] for sql in SUMS} == SUMS


async def written_one_by_one(settings: Settings) -> None:
    """Each interaction a batch of its own, as two collectors might write them around midnight."""
    received = (MIDNIGHT - 60_000, MIDNIGHT + 5, MIDNIGHT - 10, MIDNIGHT + 7)
    stages = ("visit", "talk", "act", "act")
    found = [
        interaction(f"e{n}", stage, occurred_at=MIDNIGHT + n, received_at=at)
        for n, (stage, at) in enumerate(zip(stages, received, strict=True))
    ]
    writer, visitors = Writer(settings), dict[int, Visitor]()
    for place in range(len(found)):
        log = records(found)[place : place + 1]
        batch = decode_batch(log, Stamper(Campaigns(Policy())))
        facts = fold(batch.steps, visitors, Limits())
        inserts = session_rows(batch, facts), journey_rows(batch, facts)
        await writer.write(inserts, str(Place("interactions", 0, place)))
    writer.give_up()
