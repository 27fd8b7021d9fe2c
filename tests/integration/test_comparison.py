"""The worker's fold, rows and writer against the reference and SQL, over the embedded engine."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import pytest
from clickhouse_driver import Client

from streams.codec.rows import Place
from streams.demo.comparison import differences
from streams.demo.reference import Record, reference
from streams.domain.campaign import Campaign, Campaigns, Policy
from streams.domain.fold import Limits
from streams.domain.stamp import Stamper
from streams.domain.visitor import Visitor
from streams.settings import Settings
from streams.warehouse.client import connect
from streams.warehouse.migrate import migrate
from streams.warehouse.writer import Writer
from streams.worker.folds import InteractionFold, RejectionFold
from tests.integration.clickhouse_endpoint import Endpoint
from tests.oracle.random_log import DEFINITIONS, random_log
from tests.oracle.sql import sql_differences

pytestmark = pytest.mark.integration

LOG = random_log(seed=3, size=4_000, replayed=True)
EXPECTED = reference(LOG, DEFINITIONS)


class LogRecord(NamedTuple):
    """A record as the worker's clients hand it out."""

    key: bytes | None
    value: bytes | None
    offset: int
    timestamp: int
    headers: Sequence[tuple[str, bytes]]


class MemoryStore:
    """A state store that keeps what it is given."""

    def __init__(self) -> None:
        self.offset = 0
        self.visitors: dict[int, Visitor] = {}

    def load(self, keys: Iterable[int]) -> dict[int, Visitor]:
        return {key: self.visitors[key] for key in keys if key in self.visitors}

    def save(self, changed: Mapping[int, Visitor], offset: int) -> None:
        self.visitors.update(changed)
        self.offset = offset

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    endpoint = Endpoint(tmp_path_factory.mktemp("engine"))
    found = Settings(clickhouse_port=endpoint.port)
    migrate(found)
    asyncio.run(written(found, LOG))
    yield found
    endpoint.stop()


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    opened = connect(settings)
    yield opened
    opened.disconnect()


async def written(settings: Settings, log: Sequence[Record], batch: int = 700) -> None:
    """Fold the log as lanes do, batch by batch, and write the facts."""
    writer = Writer(settings)
    versions = [msgspec.convert(it, Campaign) for it in DEFINITIONS]
    for topic, partition in sorted({(it.topic, it.partition) for it in log}):
        mine = [it for it in log if (it.topic, it.partition) == (topic, partition)]
        place = Place(topic, partition, 1)
        stamper = Stamper(Campaigns(Policy(), versions))
        lane: Any = (
            RejectionFold(place, 0)
            if topic == "rejections"
            else InteractionFold(MemoryStore(), stamper, Limits(), place)
        )
        for start in range(0, len(mine), batch):
            records = mine[start : start + batch]
            folded = lane.fold(
                [
                    LogRecord(it.key, it.value, it.offset, it.timestamp_ms, it.headers)
                    for it in records
                ]
            )
            await writer.write(folded.inserts, f"{topic}:{partition}:{start}")
            lane.save(folded.changed, start + len(records))
    writer.give_up()


def test_the_log_holds_what_the_comparison_is_about() -> None:
    assert min(map(len, EXPECTED)) > 0
    assert {it.reached for it in EXPECTED.journeys} == {"none", "visit", "talk", "act"}
    assert any(it.clamped for it in EXPECTED.events)
    assert any(it.value_minor for it in EXPECTED.journeys)
    assert {it.campaign for it in EXPECTED.sessions} == {"", "bees"}


def test_the_live_tables_equal_the_reference(client: Client) -> None:
    assert differences(EXPECTED, client) == []


def test_sql_over_the_events_equals_the_reference(client: Client) -> None:
    assert sql_differences(EXPECTED, client, DEFINITIONS) == []


@pytest.mark.parametrize("part", ["events", "duplicates", "dead_letters", "sessions", "journeys"])
def test_a_fact_too_many_is_told(client: Client, part: str) -> None:
    facts = getattr(EXPECTED, part)
    assert differences(EXPECTED._replace(**{part: facts[1:]}), client) != []


def test_a_different_time_step_or_origin_is_told(client: Client) -> None:
    first, *rest = EXPECTED.journeys
    for other in (
        first._replace(first_talk_at=7),
        first._replace(value_minor=-1),
        first._replace(origin="elsewhere"),
        first._replace(path="act-talk" if first.path == "act" else "act"),
    ):
        assert differences(EXPECTED._replace(journeys=(other, *rest)), client) != []


def test_another_funnel_or_session_is_told_by_sql(client: Client) -> None:
    first, *rest = EXPECTED.funnels
    more = EXPECTED._replace(funnels=(first._replace(acted=first.acted + 1), *rest))
    fewer = EXPECTED._replace(sessions=EXPECTED.sessions[1:])
    assert sql_differences(more, client, DEFINITIONS) != []
    assert sql_differences(fewer, client, DEFINITIONS) != []


def test_differences_of_one_table_are_shown_in_part_and_counted(client: Client) -> None:
    found = differences(EXPECTED._replace(sessions=()), client)
    assert len(found) == 4
    assert found[0].startswith("sessions: expected 0, found 1 of (tenant=acme, campaign=")
    assert found[-1] == f"sessions: and {len(EXPECTED.sessions) - 3} more"
