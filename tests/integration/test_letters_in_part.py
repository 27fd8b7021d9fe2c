"""A body of which a replay published some items only: it stands, and everything adds up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import msgspec
import pytest

from streams.codec.batch import Letter
from streams.codec.rejections import encode_rejection
from streams.codec.rows import Place
from streams.demo.comparison import differences
from streams.demo.reference import Record, reference
from streams.domain.outcome import DeadLetter, FailureReason
from streams.eventlog.reading import LogRecord
from streams.letters.doors import Doors
from streams.letters.replaying import BrokerFailed, Replaying
from streams.letters.standing import Scope, one_letter, standing
from streams.settings import Settings
from streams.warehouse.migrate import migrate
from streams.warehouse.writer import Writer
from streams.worker.folds import InteractionFold, RejectionFold
from tests.builders import LogRecord as Given
from tests.fakes.eventlog import FakeLog
from tests.integration.clickhouse_endpoint import Endpoint
from tests.integration.test_letters_replayed import Lane
from tests.oracle.builders import MINUTE, T0, raw
from tests.oracle.random_log import DEFINITIONS

pytestmark = pytest.mark.integration

SEEN = raw("talk", tenant="acme", visitor="v0", event_id="e0", at=T0 - 5 * MINUTE)
ITEMS = [
    {"visitor": f"v{number}", "event_id": f"e{number}", "kind": "comment", "campaign": "river"}
    for number in range(3)
]
BODY = json.dumps(ITEMS).encode()
REFUSED = Letter("acme", T0, "web", 0, DeadLetter(FailureReason.BAD_FIELD, "page: odd", BODY))
ALONE = [(2, 1, 0, 0, 1, 0)]
"""Received, accepted, duplicates, dropped, dead letters, missing: an event and the letter."""


class BodyLane(Lane):
    """One event, and a body of three items that was refused; the first item is that event."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, [Record(0, 0, b"acme/v0", json.dumps(SEEN).encode(), T0)])
        value, headers = encode_rejection(REFUSED)
        self.rejection = Record(0, 0, None, value, T0, "rejections", tuple(headers))
        asyncio.run(self._refused(settings))
        self.run(InteractionFold)

    async def _refused(self, settings: Settings) -> None:
        writer = Writer(settings)
        it = self.rejection
        given = Given(None, it.value, 0, T0, it.headers)
        folded = RejectionFold(Place("rejections", 0, 1), 0).fold([given])
        await writer.write(folded.inserts, "refused")
        writer.give_up()

    def published(self, log: FakeLog) -> list[Record]:
        """What a replay publishes to this log, dead or alive at the end."""
        letters = standing(self.client, Scope())
        it = self.rejection
        picked = [LogRecord(it.topic, 0, 0, None, it.value, T0, it.headers) for _ in letters]
        try:
            Replaying(Doors(lambda key: None), log).replay(letters, picked)
        except BrokerFailed:
            assert log.records
        return [Record(0, 0, it.key, it.value, T0, headers=it.headers) for it in log.records]

    def fold(self, *records: Record) -> None:
        """The worker reads them next."""
        self.log += [it._replace(offset=len(self.log) + n) for n, it in enumerate(records)]
        self.run(InteractionFold)
        assert differences(reference([*self.log, self.rejection], DEFINITIONS), self.client) == []

    def totals(self) -> list[tuple[int, ...]]:
        """Both sides of conservation."""
        sides = "received", "accepted", "duplicates", "dropped", "dead_letters", "missing"
        sums = ", ".join(f"sum(sides.{side})" for side in sides)
        found = self.client.execute(f"SELECT {sums} FROM conservation AS sides")
        return [tuple(map(int, row)) for row in found]

    def stands(self) -> bool:
        """Would a replay take the letter?"""
        letters = standing(self.client, Scope())
        places = [letter.place for letter in letters]
        if places:
            shown = one_letter(self.client, places[0])
            assert shown is not None and shown["replayed"] == 0
        return bool(places)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    endpoint = Endpoint(tmp_path_factory.mktemp("engine"))
    yield Settings(clickhouse_port=endpoint.port)
    endpoint.stop()


def lane(engine: Settings, name: str) -> BodyLane:
    settings = msgspec.structs.replace(engine, clickhouse_database=name)
    migrate(settings)
    found = BodyLane(settings)
    assert (found.totals(), found.stands()) == (ALONE, True)
    return found


def test_each_replay_that_stops_leaves_the_letter_to_the_next_one(engine: Settings) -> None:
    part = lane(engine, "stopped")
    part.fold(*part.published(FakeLog(dies_after=1)))
    assert (part.totals(), part.stands()) == ([(3, 1, 1, 0, 1, 0)], True)
    part.fold(*part.published(FakeLog(dies_after=2)))
    assert (part.totals(), part.stands()) == ([(4, 2, 1, 0, 1, 0)], True)
    part.fold(*part.published(FakeLog()))
    assert (part.totals(), part.stands()) == ([(4, 3, 1, 0, 0, 0)], False)


def test_in_whichever_order_items_arrive_everything_adds_up(engine: Settings) -> None:
    part = lane(engine, "unordered")
    first, second, third = part.published(FakeLog())
    for record, totals, stands in (
        (third, (3, 2, 0, 0, 1, 0), True),
        (third, (3, 2, 0, 0, 1, 0), True),
        (second, (4, 3, 0, 0, 1, 0), True),
        (second._replace(value=b"{"), (5, 3, 0, 1, 1, 0), True),
        (first, (5, 3, 1, 1, 0, 0), False),
        (first, (5, 3, 1, 1, 0, 0), False),
    ):
        part.fold(record)
        assert (part.totals(), part.stands()) == ([totals], stands)


def test_items_of_another_reading_do_not_complete_a_letter(engine: Settings) -> None:
    part = lane(engine, "read_otherwise")
    first, second, third = part.published(FakeLog())
    four = (("replay_of", b"rejections:0:0:2:4"), *third.headers[1:])
    part.fold(first, second, third._replace(headers=four))
    assert (part.totals(), part.stands()) == ([(5, 3, 1, 0, 1, 0)], True)
    part.fold(third)
    assert (part.totals(), part.stands()) == ([(5, 3, 2, 0, 0, 0)], False)
