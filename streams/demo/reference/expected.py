"""Expected: the facts as values with names instead of keys; times in ms UTC, 0: not reached."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

MINUTE_MS = 60_000
DAY_MS = 86_400_000


class Rules(NamedTuple):
    """What holds where no campaign says otherwise; gaps and windows are inclusive."""

    gap_ms: int = 30 * MINUTE_MS
    talk_window_ms: int = 30 * DAY_MS
    act_window_ms: int = 365 * DAY_MS
    ring: int = 4_096


DEFAULT = Rules()


class Event(NamedTuple):
    """An accepted interaction, with what was decided about it."""

    tenant: str
    visitor: str
    event_id: str
    campaign: str
    stage: str
    derived_at: int
    received_at: int
    clamped: bool
    in_session: bool


class DeadLetter(NamedTuple):
    """A record that is no interaction; `received_at` in ms."""

    tenant: str
    topic: str
    partition: int
    offset: int
    received_at: int


class Replay(NamedTuple):
    """A record that was a dead letter before: what the letter was counted as, what it became."""

    tenant: str
    received_at: int
    duplicate: bool
    letter_topic: str
    letter_partition: int
    letter_offset: int
    item: int
    items: int
    letter_tenant: str
    letter_received_at: int
    partition: int
    offset: int


class Session(NamedTuple):
    """A run of one visitor; `campaign` is empty unless the campaign has sessions of its own."""

    tenant: str
    campaign: str
    visitor: str
    started_at: int
    ended_at: int
    interactions: int


class Journey(NamedTuple):
    """One visitor in one campaign; `origin` is None when equal times leave it open."""

    tenant: str
    campaign: str
    visitor: str
    visit_at: int = 0
    talk_at: int = 0
    act_at: int = 0
    first_visit_at: int = 0
    first_talk_at: int = 0
    first_act_at: int = 0
    act_after_talk_at: int = 0
    pushback_after_talk_at: int = 0
    first_passive_at: int = 0
    first_pushback_at: int = 0
    acts: int = 0
    pushbacks: int = 0
    value_minor: int = 0
    reached: str = "none"
    path: str = "none"
    origin: str | None = None


class Funnel(NamedTuple):
    """Persons of one campaign who visited, then talked, then acted."""

    tenant: str
    campaign: str
    visited: int
    talked: int
    acted: int


class Expected(NamedTuple):
    """All that a log leads to; each part is sorted, `duplicates` holds (tenant, visitor, event_id,
    received_at) of each record that adds nothing and is no replay, `dropped` replays that are no
    interaction either."""

    events: tuple[Event, ...] = ()
    duplicates: tuple[tuple[str, str, str, int], ...] = ()
    dead_letters: tuple[DeadLetter, ...] = ()
    sessions: tuple[Session, ...] = ()
    journeys: tuple[Journey, ...] = ()
    funnels: tuple[Funnel, ...] = ()
    replays: tuple[Replay, ...] = ()
    dropped: tuple[DeadLetter, ...] = ()

    @property
    def standing(self) -> tuple[DeadLetter, ...]:
        """Dead letters of which no replay has brought all items."""
        items = {((it.letter_topic, it.letter_partition, it.letter_offset), it.items, it.item)
                 for it in self.replays}  # fmt: skip
        found = Counter((letter, of) for letter, of, _ in items)
        whole = {letter for (letter, of), count in found.items() if count == of}
        return tuple(
            it for it in self.dead_letters if (it.topic, it.partition, it.offset) not in whole
        )
