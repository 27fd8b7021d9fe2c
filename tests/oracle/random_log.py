"""A random log that likes edges: few visitors, few times, exact gaps, retries, odd clocks, junk."""

import json
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from streams.demo.reference import Record
from tests.oracle.builders import DAY, MINUTE, T0, definition, raw

DEFINITIONS = (
    definition(effective_from=T0 - 400 * DAY, currency="EUR", utm_campaigns=["r"]),
    definition(
        campaign="bees",
        windows={"talk_days": 1, "act_days": 2},
        sessions="per-campaign",
        gap_minutes=20,
        stages={"pledge": "talk"},
    ),
)
STAGES = ("visit", "visit", "visit", "talk", "talk", "act", "passive", "pushback", "send")
SOURCES = ("web", "pixel", "server", "load", "webhook:standard")
JUNK = (b"", b"{", b"[]", b'{"tenant":"acme"}', b"\xff\xfe", b"null")


def random_log(
    seed: int, size: int, visitors: int = 800, *, replayed: bool = False
) -> list[Record]:
    """Records of both topics, offsets without holes, a visitor always in one partition.

    With `replayed`, some rejections come again as interactions, by their place in this log.
    """
    random = Random(seed)
    ends = [0, 0]
    records = []
    for number in range(size):
        value, key = _value(random, number, visitors)
        partition = key[-1] % 2
        records.append(Record(partition, ends[partition], key, value, T0 + number))
        ends[partition] += 1
    rejections = [_rejection(random, offset) for offset in range(size // 50)]
    if not replayed:
        return records + rejections
    replays = _replayed(random, rejections[::4], ends, visitors)
    return [*records, *rejections, *replays]


def _replayed(
    random: Random, rejections: Sequence[Record], ends: list[int], visitors: int
) -> Iterator[Record]:
    """Rejections as what they became, some of them twice; a few still cannot be read."""
    for number, rejection in enumerate(rejections):
        value, key = _value(random, number, visitors)
        if number % 5 == 0:
            value = random.choice(JUNK)
        partition = key[-1] % 2
        items = random.choice((1, 1, 2))  # of two, both come or only the first one, once or twice
        for item in random.choice(((0,), (0, 0), (0, 1))):
            headers = _mark(rejection, item % items, items)
            yield Record(partition, ends[partition], key, value, T0, headers=headers)
            ends[partition] += 1


def _mark(rejection: Record, item: int, items: int) -> tuple[tuple[str, bytes], ...]:
    headers = dict(rejection.headers)
    return (
        ("replay_of", b"rejections:0:%d:%d:%d" % (rejection.offset, item, items)),
        ("letter_tenant", headers["tenant"]),
        ("letter_received_at", headers["received_at"]),
    )


def _value(random: Random, number: int, visitors: int) -> tuple[bytes, bytes]:
    visitor = f"v{random.randrange(random.randrange(visitors) + 1)}"
    key = f"acme/{visitor}".encode()
    if random.random() < 0.01:
        return random.choice(JUNK), key
    return json.dumps(_interaction(random, number, visitor)).encode(), key


def _interaction(random: Random, number: int, visitor: str) -> dict[str, Any]:
    received = T0 + number * MINUTE
    age = random.choice((0, 0, 1, 10, 20, 30, 30, 31, 60, 1440, 2880, 9000, 12_000)) * MINUTE
    optional = {
        "sent_at": received - random.choice((0, 2, 4, 6, 16, 25)) * MINUTE,
        "page": "https://river.example/",
        "channel": {"source": random.choice(("mail", "search")), "campaign": "r"},
        "referrer": random.choice(("https://news.example/x", "https://www.river.example/y")),
    }
    if random.random() < 0.2:
        optional |= {
            "value_minor": random.randrange(1000),
            "currency": random.choice(("EUR", "USD")),
        }
    chosen = {name: value for name, value in optional.items() if random.random() < 0.4}
    if "currency" not in chosen:
        chosen.pop("value_minor", None)
    return raw(
        random.choice(STAGES),
        event_id=f"again-{visitor}" if random.random() < 0.1 else f"e{number}",
        visitor=visitor,
        campaign=random.choice(("river", "river", "bees", "")),
        kind=random.choice(("page_view", "comment", "pledge")),
        source=random.choice(SOURCES),
        occurred_at=received - age + random.choice((0, 0, 1, -1)),
        received_at=received,
        **chosen,
    )


def _rejection(random: Random, offset: int) -> Record:
    headers = (
        ("tenant", random.choice((b"acme", b""))),
        ("source", b"pixel"),
        ("reason", b"bad_json"),
        ("detail", b"expected a JSON object"),
        ("received_at", b"%d" % (T0 + offset * MINUTE)),
    )
    return Record(0, offset, None, random.choice(JUNK), T0 + offset, "rejections", headers)
