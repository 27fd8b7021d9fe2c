"""Traffic: interactions of a fixed seed, about 475 bytes each, as the collector writes them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from streams.codec.interaction import encode
from streams.domain.interaction import Channel, Interaction, Stage, record_key
from streams.eventlog.producer import Producer
from streams.ports.eventlog import Backpressure
from streams.settings import Settings

KINDS = {
    Stage.VISIT: "page_view",
    Stage.TALK: "comment",
    Stage.ACT: "donation",
    Stage.PASSIVE: "like",
    Stage.PUSHBACK: "unsubscribe",
}
WEIGHTS = (70, 20, 7, 2, 1)
REPEATED, LATE = 0.01, 0.02  # shares
HOUR_MS = 3_600_000


def traffic(count: int, visitors: int, now_ms: int, seed: int = 7) -> Iterator[Interaction]:
    """An hour of `count` interactions: 1 % repeated, 2 % late by up to two hours."""
    random = Random(seed)
    last: Interaction | None = None
    for number in range(count):
        if last is not None and random.random() < REPEATED:
            yield last
            continue
        at_ms = now_ms - HOUR_MS + number * HOUR_MS // count
        if random.random() < LATE:
            at_ms -= random.randrange(2 * HOUR_MS)
        last = _interaction(random, random.randrange(visitors), at_ms, now_ms)
        yield last


def firsts(visitors: int, now_ms: int, seed: int = 9) -> Iterator[Interaction]:
    """One interaction of each visitor, within an hour."""
    random = Random(seed)
    for number in range(visitors):
        at_ms = now_ms - HOUR_MS + number * HOUR_MS // visitors
        yield _interaction(random, number, at_ms, now_ms)


def _interaction(random: Random, visitor: int, at_ms: int, now_ms: int) -> Interaction:
    stage = random.choices(list(KINDS), WEIGHTS)[0]
    source = random.choice(("newsletter", "mastodon", "search", "partner"))
    page = random.randrange(50)
    return Interaction(
        event_id=f"{random.getrandbits(128):032x}",
        tenant="acme",
        campaign=f"campaign-{visitor % 3}",
        visitor=f"visitor-{visitor:012d}",
        stage=stage,
        kind=KINDS[stage],
        occurred_at=at_ms,
        received_at=now_ms,
        source="web",
        channel=Channel(source=source, medium="referral", campaign="spring-2026"),
        page=f"https://www.example.org/save-the-river/step-{page}?utm_source={source}",
        referrer=f"https://news.example.net/articles/{page}",
        share_token=f"t{visitor % 1000:08d}",
    )


def publish(settings: Settings, topic: str, interactions: Iterator[Interaction]) -> int:
    """Put them all into the topic; returns how many bytes a value has on average."""
    producer, count, size = Producer(settings), 0, 0
    for found in interactions:
        key, value = record_key(found.tenant, found.visitor), encode(found)
        count, size = count + 1, size + len(value)
        while True:
            try:
                producer.publish(topic, key, value, (), _acknowledged)
                break
            except Backpressure:
                producer.flush(1.0)
    if left := producer.flush(60.0):
        raise RuntimeError(f"expected all of {count} records acknowledged, {left} are not")
    producer.close()
    return size // max(1, count)


def _acknowledged(error: str | None) -> None:
    if error:
        raise RuntimeError(f"expected the broker to take a record, found {error}")
