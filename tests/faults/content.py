"""Content: the records of a run by its seed: several tenants, repeats, late ones, and poison."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final, NamedTuple

import msgspec

from streams.codec.interaction import encode
from streams.domain.arrival import DAY_MS
from streams.domain.campaign import Campaign, Goal, SessionScope, Windows
from streams.domain.interaction import Channel, Interaction, Stage, record_key

TENANTS: Final = ("acme", "bees", "coop", "dune")
STAGES: Final = (
    (Stage.VISIT, "page_view"),
    (Stage.TALK, "comment"),
    (Stage.ACT, "donation"),
    (Stage.PASSIVE, "like"),
    (Stage.PUSHBACK, "unsubscribe"),
    (Stage.VISIT, "pledge"),
    (Stage.SEND, "mail"),
)
WEIGHTS: Final = (58, 20, 9, 4, 2, 5, 2)
SOURCES: Final = ("web", "web", "server", "webhook:standard", "load")
JUNK: Final = (b"", b"{", b"[]", b'{"tenant":"acme"}', b"\xff\xfe", b"null", b"[" * 5_000)
REPEATED: Final = 0.01  # half of them at once, half of them much later
LATE: Final = 0.05  # by up to 90 days
POISON: Final = 0.001
REMEMBERED: Final = 5_000
PER_VISITOR: Final = 8


class Sent(NamedTuple):
    """A record for the topic `interactions`; `event_id` is empty when it is none."""

    key: bytes
    value: bytes
    event_id: str = ""


Content = Callable[[Random, int, Callable[[int], int]], Iterator[Sent]]
"""(random, count, received_ms of the nth) -> as many records; all else comes from the random."""


def usual(random: Random, count: int, received_ms: Callable[[int], int]) -> Iterator[Sent]:
    """What every run sends unless its scenario asks for something else."""
    memory: list[Interaction] = []
    for number in range(count):
        at_ms = received_ms(number)
        if random.random() < POISON:
            yield poison(random, count)
        elif memory and random.random() < REPEATED:
            known = memory[-1] if random.random() < 0.5 else random.choice(memory)
            yield record(msgspec.structs.replace(known, received_at=at_ms))
        else:
            found = interaction(random, random.randrange(count // PER_VISITOR + 1), at_ms)
            remember(memory, found, random)
            yield record(found)


def remember(memory: list[Interaction], found: Interaction, random: Random) -> None:
    """Keep it as the last one, and some of the others."""
    if len(memory) >= REMEMBERED:
        memory[random.randrange(REMEMBERED - 1)] = memory.pop()
    memory.append(found)


def interaction(random: Random, visitor: int, at_ms: int, **given: Any) -> Interaction:
    """One of a visitor, received then; now and then it happened long ago."""
    stage, kind = random.choices(STAGES, WEIGHTS)[0]
    source = random.choice(SOURCES)
    age_ms = random.randrange(90 * DAY_MS if random.random() < LATE else 1_000)
    told = random.random() < 0.3
    fields: dict[str, Any] = {
        "event_id": f"{random.getrandbits(96):024x}",
        "tenant": TENANTS[visitor % len(TENANTS)],
        "campaign": ("river", "hive", "free", "")[visitor // len(TENANTS) % 4],
        "visitor": f"v{visitor:09d}",
        "stage": stage,
        "kind": kind,
        "occurred_at": at_ms - age_ms,
        "sent_at": at_ms - random.randrange(1_000) if told else None,
        "received_at": at_ms,
        "source": source,
        "channel": Channel(source=random.choice(("mail", "search", "")), campaign="spring"),
        "page": "" if source == "server" else f"https://river.example/{random.randrange(50)}",
        "referrer": f"https://news.example/{random.randrange(50)}",
        "value_minor": random.randrange(5_000) if kind == "donation" else 0,
        "currency": "EUR" if kind == "donation" else "",
    }
    return Interaction(**(fields | given))


def record(found: Interaction) -> Sent:
    """As the collector writes it."""
    return Sent(record_key(found.tenant, found.visitor), encode(found), found.event_id)


def poison(random: Random, count: int) -> Sent:
    """No interaction, under the key of a visitor."""
    visitor = random.randrange(count // PER_VISITOR + 1)
    key = record_key(TENANTS[visitor % len(TENANTS)], f"v{visitor:09d}")
    return Sent(key, random.choice(JUNK))


def definitions(now_ms: int) -> tuple[Campaign, ...]:
    """Campaigns that decide differently."""
    goal = Goal(kind="donation", target=1_000, deadline=now_ms + 90 * DAY_MS)
    common: dict[str, Any] = {"goal": goal, "started_at": now_ms, "currency": "EUR"}
    return tuple(
        each
        for tenant in TENANTS
        for each in (
            Campaign(tenant=tenant, campaign="river", utm_campaigns=("spring",), **common),
            Campaign(
                tenant=tenant,
                campaign="hive",
                windows=Windows(talk_days=1, act_days=2),
                sessions=SessionScope.PER_CAMPAIGN,
                gap_minutes=20,
                stages={"pledge": Stage.TALK},
                **common,
            ),
        )
    )
