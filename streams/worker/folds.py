"""Folds of a lane: what a topic's records become; one with state, one without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from streams import metrics
from streams.codec.batch import Batch, Record, decode_batch, decode_steps
from streams.codec.rejections import decode_rejections
from streams.codec.replayed import replay_rows
from streams.codec.rows import (
    Origin,
    Place,
    event_rows,
    journey_rows,
    letter_rows,
    origin_rows,
    origins_of,
    receipt_rows,
    session_rows,
)
from streams.domain.fold import Limits, advance, fold
from streams.domain.stamp import Stamper
from streams.domain.visitor import Visitor
from streams.ports.facts import InsertBatch
from streams.ports.state import StateStore
from streams.worker.letter_limit import LetterLimit

ORIGINS_MAX = 100_000  # names come from outside; forgotten ones are written again, to no effect


class Folded(NamedTuple):
    """What a batch adds to ClickHouse, and to the state once that is settled."""

    inserts: tuple[InsertBatch, ...]
    changed: Mapping[int, Visitor]
    outcomes: Mapping[str, int] = {}


class PartitionFold(Protocol):
    """A pure fold and its state, for one partition."""

    @property
    def offset(self) -> int:
        """All records below it are in the state."""

    def fold(self, records: Sequence[Record]) -> Folded:
        """The facts of these records; the state as read by the next fold is advanced."""

    def advance(self, records: Sequence[Record]) -> Mapping[int, Visitor]:
        """What `fold` changes, without the facts: those are written already."""

    def save(self, changed: Mapping[int, Visitor], offset: int) -> None:
        """Make the state durable up to this offset."""

    def skip(self, offset: int) -> None:
        """The log has no records below it any more; durable at once."""

    def close(self) -> None:
        """Let go of the state's files."""


class InteractionFold:
    """Records of `interactions` to events, sessions, journeys, receipts and dead letters."""

    def __init__(
        self,
        store: StateStore,
        stamper: Stamper,
        limits: Limits,
        place: Place,
        letter_limit: LetterLimit | None = None,
    ) -> None:
        self._store, self._stamper, self._limits, self._place = store, stamper, limits, place
        self._letter_limit = letter_limit
        self._origins: set[Origin] = set()

    @property
    def offset(self) -> int:
        """Where the store stands."""
        return self._store.offset

    def fold(self, records: Sequence[Record]) -> Folded:
        """Decode, stamp, fold, make columns. Raises TooManyLetters before the state changes."""
        with metrics.WORKER_FOLD_SECONDS.time():
            batch = decode_batch(records, self._stamper)
            if self._letter_limit:
                self._letter_limit.check(records, batch)
            visitors = self._store.load(step[0] for step in batch.steps)
            facts = fold(batch.steps, visitors, self._limits)
            inserts = (
                event_rows(batch, facts, self._place),
                self._new_origins(batch),
                session_rows(batch, facts),
                journey_rows(batch, facts),
                letter_rows(batch.letters, self._place),
                receipt_rows(batch, facts.duplicates),
                replay_rows(batch, facts.duplicates, self._place),
            )
        outcomes = {
            "accepted": len(facts.accepted),
            "duplicate": len(facts.duplicates),
            "dead_letter": len(batch.letters),
            "dropped": len(batch.dropped),
        }
        return Folded(inserts, facts.changed, outcomes)

    def advance(self, records: Sequence[Record]) -> Mapping[int, Visitor]:
        """Decode, stamp, fold."""
        steps = decode_steps(records, self._stamper)
        return advance(steps, self._store.load(step[0] for step in steps), self._limits)

    def _new_origins(self, batch: Batch) -> InsertBatch:
        """Names that this fold has not met; what it met before is written."""
        new = origins_of(batch) - self._origins
        if len(self._origins) > ORIGINS_MAX:
            self._origins.clear()
        self._origins |= new
        return origin_rows(new)

    def save(self, changed: Mapping[int, Visitor], offset: int) -> None:
        """One atomic write of the store."""
        self._store.save(changed, offset)

    def skip(self, offset: int) -> None:
        """The store stands there."""
        self._store.skip(offset)

    def close(self) -> None:
        """Close the store."""
        self._store.close()


class RejectionFold:
    """Records of `rejections` to dead letters; there is no state, so none is behind."""

    def __init__(self, place: Place, committed: int) -> None:
        self._place, self._offset = place, committed

    @property
    def offset(self) -> int:
        """Where the last batch ended."""
        return self._offset

    def fold(self, records: Sequence[Record]) -> Folded:
        """One dead letter per record."""
        batch = decode_rejections(records)
        inserts = letter_rows(batch.letters, self._place), receipt_rows(batch, ())
        return Folded(inserts, {}, {"dead_letter": len(batch.letters)})

    def advance(self, records: Sequence[Record]) -> Mapping[int, Visitor]:
        """Nobody changes."""
        return {}

    def save(self, changed: Mapping[int, Visitor], offset: int) -> None:
        """Nothing to keep but the place."""
        self._offset = offset

    def skip(self, offset: int) -> None:
        """The same."""
        self._offset = offset

    def close(self) -> None:
        """Nothing is open."""
