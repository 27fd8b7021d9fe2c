"""A fault that is fixed, and its letters replayed: the tables are those of a run without it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import pytest
from clickhouse_driver import Client

from streams.codec.batch import Record as Fetched
from streams.codec.rows import Place
from streams.demo.comparison import differences
from streams.demo.reference import Record, reference
from streams.domain.campaign import Campaign, Campaigns, Policy
from streams.domain.fold import Limits
from streams.domain.stamp import Stamper
from streams.domain.visitor import Visitor
from streams.eventlog.reading import LogRecord
from streams.letters.doors import Doors
from streams.letters.replaying import Replayed, Replaying
from streams.letters.standing import Scope, letters_by_reason, standing
from streams.settings import Settings
from streams.warehouse.client import connect
from streams.warehouse.migrate import migrate
from streams.warehouse.writer import Writer
from streams.worker.folds import Folded, InteractionFold
from tests.builders import LogRecord as Given
from tests.fakes.eventlog import FakeLog
from tests.integration.clickhouse_endpoint import Endpoint
from tests.oracle.random_log import DEFINITIONS, random_log

pytestmark = pytest.mark.integration

MISREAD_EVERY = 3
BATCH = 300
ACCOUNTED = ("dead_letters", "dead_by_minute", "receipts", "replays")  # what conservation adds up


def order_tells_nothing(record: Record) -> bool:
    """Of two clocks, or of two that share an id, the first one decides: then order tells."""
    value = record.value or b""
    return b"sent_at" not in value and b'"again-' not in value


def log() -> list[Record]:
    """Interactions of several visitors and some junk, in one partition, some of them sent twice."""
    found = [it for it in random_log(seed=5, size=1_500) if it.topic == "interactions"]
    kept = [it for it in found if order_tells_nothing(it)]
    twice = kept + kept[::10]
    return [it._replace(partition=0, offset=offset) for offset, it in enumerate(twice)]


class Misreading(InteractionFold):
    """A fold with a fault: some records are nothing to it."""

    def fold(self, records: Sequence[Fetched]) -> Folded:
        """Every third one."""
        return super().fold([
            Given(it.key, it.value if it.offset % MISREAD_EVERY else b"{", it.offset, it.timestamp)
            for it in records
        ])  # fmt: skip


class MemoryStore:
    """A state store that keeps what it is given."""

    def __init__(self) -> None:
        self.offset = 0
        self.visitors: dict[int, Visitor] = {}

    def load(self, keys: Any) -> dict[int, Visitor]:
        return self.visitors

    def save(self, changed: Mapping[int, Visitor], offset: int) -> None:
        self.visitors.update(changed)
        self.offset = offset

    def close(self) -> None:
        """Nothing is open."""


class Lane:
    """Writes records of one partition under tokens of their offsets."""

    def __init__(self, settings: Settings, log: Sequence[Record]) -> None:
        self.client = connect(settings)
        self.log = list(log)
        self._settings, self._store = settings, MemoryStore()

    def run(self, fold: type[InteractionFold]) -> None:
        """Fold and write what was not yet written."""
        asyncio.run(self._written(fold))

    async def _written(self, kind: type[InteractionFold]) -> None:
        writer = Writer(self._settings)
        versions = [msgspec.convert(it, Campaign) for it in DEFINITIONS]
        stamper = Stamper(Campaigns(Policy(), versions))
        fold = kind(self._store, stamper, Limits(), Place("interactions", 0, 1))
        for start in range(self._store.offset, len(self.log), BATCH):
            records = self.log[start : start + BATCH]
            folded = fold.fold([
                Given(it.key, it.value, it.offset, it.timestamp_ms, it.headers) for it in records
            ])  # fmt: skip
            await writer.write(folded.inserts, f"{start}")
            fold.save(folded.changed, start + len(records))
        writer.give_up()

    def replay(self) -> Replayed:
        """What `dead-letters replay` does, to the end of this log."""
        published = FakeLog()
        letters = standing(self.client, Scope())
        picked = [_picked(self.log[letter.place.offset]) for letter in letters]
        done = Replaying(Doors(lambda key: None), published).replay(letters, picked)
        for record in published.records:
            self.log.append(
                Record(0, len(self.log), record.key, record.value, 0, headers=record.headers)
            )
        return done

    def conservation(self) -> list[tuple[Any, ...]]:
        """Every minute."""
        sql = "SELECT * FROM conservation WHERE received != 0 ORDER BY ALL"
        return [tuple(row) for row in self.client.execute(sql)]


def _picked(it: Record) -> LogRecord:
    return LogRecord(it.topic, 0, it.offset, it.key, it.value, it.timestamp_ms, it.headers)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    endpoint = Endpoint(tmp_path_factory.mktemp("engine"))
    yield Settings(clickhouse_port=endpoint.port)
    endpoint.stop()


def lane(engine: Settings, name: str) -> Lane:
    """A database of its own, and a lane that writes to it."""
    settings = msgspec.structs.replace(engine, clickhouse_database=name)
    migrate(settings)
    return Lane(settings, log())


@pytest.fixture(scope="module")
def whole(engine: Settings) -> Lane:
    """A run without a fault."""
    found = lane(engine, "whole")
    found.run(InteractionFold)
    return found


def told(client: Client) -> list[str]:
    """Where the tables differ from the reference of the log without a fault."""
    found = differences(reference(log(), DEFINITIONS), client)
    return [each for each in found if not each.startswith(ACCOUNTED)]


def test_after_the_replay_the_tables_are_those_of_a_run_without_the_fault(
    engine: Settings, whole: Lane
) -> None:
    faulty = lane(engine, "faulty")
    faulty.run(Misreading)
    junk = len(standing(whole.client, Scope()))
    letters = len(standing(faulty.client, Scope()))
    assert letters > len(log()) // MISREAD_EVERY
    assert told(faulty.client) != []

    done = faulty.replay()
    assert done.failed.total() == junk
    assert done.letters == letters - junk
    faulty.run(InteractionFold)

    assert told(faulty.client) == []
    assert faulty.conservation() == whole.conservation()
    left = letters_by_reason(faulty.client, Scope())
    counts = [dict(zip(left.columns, row, strict=True))["dead_letters"] for row in left.rows]
    assert sum(map(int, map(str, counts))) == junk


def test_letters_replayed_twice_count_once(engine: Settings, whole: Lane) -> None:
    twice = lane(engine, "twice")
    twice.run(Misreading)
    assert twice.replay() == twice.replay()
    twice.run(InteractionFold)

    assert told(twice.client) == []
    assert twice.conservation() == whole.conservation()
    assert twice.replay().letters == 0


def test_tables_made_anew_by_the_mended_code_count_the_same(engine: Settings, whole: Lane) -> None:
    faulty = lane(engine, "to_be_made_anew")
    faulty.run(Misreading)
    faulty.replay()
    again = lane(engine, "made_anew")
    again.log = faulty.log
    again.run(InteractionFold)

    assert told(again.client) == []
    assert again.conservation() == whole.conservation()


def test_a_letter_that_another_fault_hits_again_stands_and_can_be_replayed_once_more(
    engine: Settings, whole: Lane
) -> None:
    faulty = lane(engine, "broken_again")
    faulty.run(Misreading)
    first = faulty.replay()
    faulty.run(Broken)
    assert [row for row in faulty.conservation() if row[-1]] == []
    assert faulty.replay() == first
    faulty.run(InteractionFold)

    assert told(faulty.client) == []
    dropped = faulty.client.execute("SELECT sum(dropped) FROM conservation")
    assert dropped == [(first.interactions,)]


class Broken(InteractionFold):
    """A fold to which no record is anything."""

    def fold(self, records: Sequence[Fetched]) -> Folded:
        """All of them, with their headers."""
        return super().fold([
            Given(it.key, b"{", it.offset, it.timestamp, it.headers) for it in records
        ])  # fmt: skip


def test_the_log_is_about_something() -> None:
    found = reference(log(), DEFINITIONS)
    parts = (found.events, found.duplicates, found.dead_letters, found.sessions, found.journeys)
    assert all(len(part) > 5 for part in parts)
    assert json.loads(log()[0].value or b"{}") != {}
