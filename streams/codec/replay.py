"""Replay: the mark on a record that was a dead letter before; it says which one it was."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from streams.domain.interaction import MAX_AT_MS

REPLAY_OF: Final = "replay_of"
LETTER_TENANT: Final = "letter_tenant"
LETTER_RECEIVED_AT: Final = "letter_received_at"
MAX_DIGITS: Final = 19


class LetterPlace(NamedTuple):
    """Where a dead letter stands in the log; its id is `topic:partition:offset`."""

    topic: str
    partition: int
    offset: int

    @property
    def id(self) -> str:
        """As people and headers write it."""
        return f"{self.topic}:{self.partition}:{self.offset}"


class Replay(NamedTuple):
    """The letter a record was, which of the letter's items it is, and how the letter was counted.

    `received_at` in ms.
    """

    letter: LetterPlace
    item: int
    tenant: str
    received_at: int


def letter_place(id: str) -> LetterPlace | None:
    """The place that an id names; None when it is none."""
    topic, *numbers = id.split(":")
    if not topic or len(numbers) != 2:
        return None
    partition, offset = (_number(text) for text in numbers)
    if partition is None or offset is None:
        return None
    return LetterPlace(topic, partition, offset)


def encode_replay(replay: Replay) -> list[tuple[str, bytes]]:
    """The headers of a record of the topic `interactions`."""
    return [
        (REPLAY_OF, f"{replay.letter.id}:{replay.item}".encode()),
        (LETTER_TENANT, replay.tenant.encode()),
        (LETTER_RECEIVED_AT, b"%d" % replay.received_at),
    ]


def decode_replay(headers: Iterable[tuple[str, bytes | None]]) -> Replay | None:
    """What the headers of a record say; None when it is no replay, or the mark cannot be read."""
    found = {name: (value or b"").decode("utf-8", "replace") for name, value in headers}
    id, _, item = found.get(REPLAY_OF, "").rpartition(":")
    letter, number = letter_place(id), _number(item)
    received_at = _number(found.get(LETTER_RECEIVED_AT, ""))
    if letter is None or number is None or not received_at or received_at > MAX_AT_MS:
        return None
    return Replay(letter, number, found.get(LETTER_TENANT, ""), received_at)


def _number(text: str) -> int | None:
    is_number = text.isdecimal() and text.isascii() and len(text) <= MAX_DIGITS
    return int(text) if is_number else None
