"""Doors: a dead letter's bytes read once more where they were refused the first time."""

from __future__ import annotations

from typing import NamedTuple

from streams.codec.interaction import decode
from streams.codec.rejections import told_beside
from streams.codec.replay import LetterPlace
from streams.codec.sent import Written
from streams.collector.again import FindHolder, Refused, read_again
from streams.domain.outcome import DeadLetter, FailureReason
from streams.eventlog.reading import LogRecord
from streams.load.again import LinesAgain
from streams.topics import INTERACTIONS


class Letter(NamedTuple):
    """A dead letter that stands, as it was counted; `received_at` in ms."""

    place: LetterPlace
    tenant: str
    received_at: int
    source: str
    reason: str


class NoDoor(NamedTuple):
    """Nothing here can read the letter; why, and what would."""

    cause: str


class Doors(NamedTuple):
    """What letters are read with: write keys, and the map of the lines to be read again."""

    holder: FindHolder
    lines: LinesAgain | None = None

    def read(self, letter: Letter, record: LogRecord) -> list[Written] | DeadLetter | NoDoor:
        """All interactions of the letter, or why it has none; `record` is the letter's own."""
        if letter.place.topic == INTERACTIONS:
            return _from_the_log(record)
        original = record.value or b""
        if self.lines and letter.source == self.lines.source:
            read = self.lines.read(letter.tenant, original, letter.received_at)
            return read if isinstance(read, DeadLetter) else [read]
        refused = Refused(
            letter.place.id,
            letter.tenant,
            letter.source,
            letter.received_at,
            original,
            letter.reason,
            told_beside(record.headers),
        )
        found = read_again(refused, self.holder)
        return NoDoor(_missing_map(letter.source)) if found is None else found


def _from_the_log(record: LogRecord) -> list[Written] | DeadLetter:
    outcome = decode(record.key, record.value)
    if isinstance(outcome, DeadLetter):
        return outcome
    if record.key is None or record.value is None:
        return DeadLetter(FailureReason.EMPTY, "expected a key and a value, found none", b"")
    return [Written(record.key, record.value)]


def _missing_map(source: str) -> str:
    return f"expected --map with the map whose lines say source {source}, found none"
