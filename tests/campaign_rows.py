"""A month of one campaign as rows, the same every time: the page as it looks when in use."""

from collections.abc import Iterable, Iterator
from random import Random
from typing import NamedTuple

from clickhouse_driver import Client

from tests.warehouse_rows import (
    DAY,
    HOUR,
    MINUTE,
    START,
    Cells,
    dead_letter,
    definition,
    event,
    insert,
    journey,
    name_origins,
    receipt,
)

DAYS = 23
NOW = START + DAYS * DAY
SEED = 7

# origin: share of the people, share of them who talk, share of the talkers who ever act
ORIGINS = {
    "friends": (0.09, 0.38, 0.52),
    "newsletter": (0.24, 0.12, 0.30),
    "instagram": (0.40, 0.10, 0.10),
    "direct": (0.12, 0.08, 0.28),
    "search": (0.11, 0.03, 0.22),
    "street-stall": (0.04, 0.60, 0.45),
}
REFUSED = {
    "bad_field": (9, "occurred_at: expected at most 2100-01-01, found 4102444800001"),
    "bad_key": (4, "key: expected a known write key, found one that is not"),
    "bad_json": (1, "expected an object, found the end of the text"),
}


class Person(NamedTuple):
    """When somebody did what, ms after START; None: never."""

    name: str
    origin: str
    visit: int | None
    talk: int | None
    act: int | None
    like: int | None
    push: int | None


def fill(client: Client, now_ms: int = NOW, people: int = 6_000) -> None:
    """Insert the campaign as it stands at NOW, with that moment put at now_ms."""
    crowd = list(persons(people, Random(SEED)))
    events = sorted((touch for person in crowd for touch in touches(person)), key=_received)
    letters = list(refused())
    tables: dict[str, Iterable[Cells]] = {
        "campaigns": [definition(600, 45), definition(400, 9, campaign="harbour")],
        "journeys": map(journey_of, crowd),
        "events": events,
        "dead_letters": letters,
        "receipts": receipts(events, letters),
    }
    name_origins(client, *ORIGINS)
    by_ms = (now_ms - NOW) // MINUTE * MINUTE
    for table, rows in tables.items():
        insert(client, table, [moved(row, by_ms) for row in rows])


def moved(row: Cells, by_ms: int) -> Cells:
    """The row with every time that is set put later by whole minutes."""
    steps = {name: by_ms for name in row if name.endswith("_at") or name == "deadline"}
    steps["minute"] = by_ms // 1_000
    return {
        name: value + steps.get(name, 0) if isinstance(value, int) and value else value
        for name, value in row.items()
    }


def persons(count: int, random: Random) -> Iterator[Person]:
    """People who came in over the month, more every day."""
    names, shares = list(ORIGINS), [share for share, _, _ in ORIGINS.values()]
    for number in range(count):
        origin = random.choices(names, shares)[0]
        arrival = int(DAYS * DAY * random.random() ** 0.7) - 1
        yield person(f"p{number}", origin, arrival, random)


def person(name: str, origin: str, arrival: int, random: Random) -> Person:
    """What one person did, as far as it has happened by NOW."""
    _, talks, acts = ORIGINS[origin]
    seen = origin != "street-stall" or random.random() < 0.2
    talk = arrival + int(random.expovariate(1 / (3 * HOUR))) if random.random() < talks else None
    act = push = None
    if talk is not None and random.random() < acts:
        act = talk + int(random.expovariate(1 / (5 * DAY)))
    elif talk is None and random.random() < 0.012:
        act = arrival + int(random.expovariate(1 / HOUR))
        seen = random.random() < 0.7
    if random.random() < (0.05 if talk is not None else 0.004):
        push = arrival + int(random.expovariate(1 / (9 * DAY)))
    like = arrival + MINUTE if random.random() < 0.16 else None
    times = [_past(time) for time in (arrival if seen else None, talk, act, like, push)]
    return Person(name, origin, *times)


def _past(time: int | None) -> int | None:
    return None if time is None or time >= DAYS * DAY else time


def journey_of(person: Person) -> Cells:
    """The person's journey."""
    return journey(
        person.name,
        visit=person.visit,
        talk=person.talk,
        act=person.act,
        like=person.like,
        push=person.push,
        origin=person.origin,
    )


def touches(person: Person) -> Iterator[Cells]:
    """The person's events."""
    stages = {
        "visit": person.visit,
        "talk": person.talk,
        "act": person.act,
        "passive": person.like,
        "pushback": person.push,
    }
    for stage, at in stages.items():
        if at is not None:
            yield event(person.name, stage, at, origin=person.origin)


def refused() -> Iterator[Cells]:
    """Records that were no interaction."""
    for reason, (count, detail) in REFUSED.items():
        for number in range(count):
            yield dead_letter(NOW - START - (number + 1) * HOUR, reason, detail)


def receipts(events: list[Cells], letters: list[Cells]) -> Iterator[Cells]:
    """What the lanes read by minute: all of these, and every seventieth event once more."""
    counted: dict[int, int] = {}
    for row in (*events, *letters):
        minute = (_received(row) - START) // MINUTE
        counted[minute] = counted.get(minute, 0) + 1
    repeated = 0
    for minute, received in sorted(counted.items()):
        before, repeated = repeated // 70, repeated + received
        duplicates = repeated // 70 - before
        yield receipt(minute * MINUTE, received + duplicates, duplicates=duplicates)


def _received(row: Cells) -> int:
    return int(row["received_at"])
