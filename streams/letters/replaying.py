"""Replaying: letters that are interactions now go to the log, marked; the others stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from streams.codec.replay import Replay, encode_replay
from streams.codec.sent import Written
from streams.domain.outcome import DeadLetter
from streams.eventlog.reading import LogRecord
from streams.letters.doors import Doors, Letter, NoDoor
from streams.ports.eventlog import Backpressure, EventLog, LogFailed
from streams.topics import INTERACTIONS

FLUSH_S: Final = 1.0


class BrokerFailed(Exception):
    """The log did not take a record; a letter of which items are missing stands and can be
    replayed again.
    """


class Read(NamedTuple):
    """A letter that is interactions now."""

    letter: Letter
    interactions: Sequence[Written]


class Replayed(NamedTuple):
    """How many letters became how many interactions, and why the others did not."""

    letters: int
    interactions: int
    failed: Counter[str]
    gone: int

    @property
    def whole(self) -> bool:
        """Did every letter become interactions?"""
        return not self.failed and not self.gone


class Replaying:
    """Reads letters at their doors; with a log, publishes what they became."""

    def __init__(self, doors: Doors, log: EventLog | None) -> None:
        self._doors, self._log = doors, log
        self._errors: list[str] = []

    def replay(self, letters: Sequence[Letter], records: Iterable[LogRecord]) -> Replayed:
        """All of them; `records` are those of the letters that the log still has.

        Raises BrokerFailed.
        """
        by_place = {tuple(letter.place): letter for letter in letters}
        failed: Counter[str] = Counter()
        found = interactions = 0
        for record in records:
            found += 1
            letter = by_place[record.topic, record.partition, record.offset]
            read = self._doors.read(letter, record)
            if isinstance(read, DeadLetter | NoDoor):
                failed[_cause(read)] += 1
                continue
            interactions += len(read)
            self._publish(Read(letter, read))
        self._finish()
        return Replayed(found - failed.total(), interactions, failed, len(letters) - found)

    def _publish(self, read: Read) -> None:
        if self._log is None:
            return
        letter = read.letter
        for item, (key, value) in enumerate(read.interactions):
            items = len(read.interactions)
            replay = Replay(letter.place, item, items, letter.tenant, letter.received_at)
            headers = encode_replay(replay)
            while not self._taken(self._log, key, value, headers):
                self._log.flush(FLUSH_S)

    def _taken(
        self, log: EventLog, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
    ) -> bool:
        self._refuse_failure()
        try:
            log.publish(INTERACTIONS, key, value, headers, self._settled)
        except Backpressure:
            return False
        except LogFailed as error:
            raise BrokerFailed(str(error)) from error
        return True

    def _finish(self) -> None:
        while self._log and self._log.flush(FLUSH_S):
            self._refuse_failure()
        self._refuse_failure()

    def _settled(self, error: str | None) -> None:
        if error:
            self._errors.append(error)

    def _refuse_failure(self) -> None:
        if self._errors:
            raise BrokerFailed(self._errors[0])


def _cause(read: DeadLetter | NoDoor) -> str:
    return read.cause if isinstance(read, NoDoor) else f"{read.reason}: {read.detail}"
