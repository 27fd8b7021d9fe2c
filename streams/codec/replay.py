"""Replay: the mark on a record that was a dead letter before; it says which one it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from streams.domain.interaction import MAX_AT_MS

REPLAY_OF: Final = "replay_of"
LETTER_TENANT: Final = "letter_tenant"
LETTER_RECEIVED_AT: Final = "letter_received_at"
MAX_DIGITS: Final = 19
MAX_ITEMS: Final = 2**16 - 1


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

    `item` from 0, of `items`: only with all of them the letter is replayed. `received_at` in ms.
    """

    letter: LetterPlace
    item: int
    items: int
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
        (REPLAY_OF, f"{replay.letter.id}:{replay.item}:{replay.items}".encode()),
        (LETTER_TENANT, replay.tenant.encode()),
        (LETTER_RECEIVED_AT, b"%d" % replay.received_at),
    ]


def decode_replay(headers: Iterable[tuple[str, bytes | None]]) -> Replay | None:
    """What the headers of a record say; None when it is no replay, or the mark cannot be read."""
    found = {name: (value or b"").decode("utf-8", "replace") for name, value in headers}
    id, *numbers = found.get(REPLAY_OF, "").rsplit(":", 2)
    letter, (item, items) = letter_place(id), _item_of(numbers)
    received_at = _number(found.get(LETTER_RECEIVED_AT, ""))
    if letter is None or not items or not received_at or received_at > MAX_AT_MS:
        return None
    return Replay(letter, item, items, found.get(LETTER_TENANT, ""), received_at)


def _item_of(numbers: Sequence[str]) -> tuple[int, int]:
    """Which item of how many; of none when they do not say so."""
    found = [_number(text) for text in numbers]
    if len(found) != 2 or found[0] is None or found[1] is None:
        return 0, 0
    item, items = found[0], found[1]
    return (item, items) if item < items <= MAX_ITEMS else (0, 0)


def _number(text: str) -> int | None:
    is_number = text.isdecimal() and text.isascii() and len(text) <= MAX_DIGITS
    return int(text) if is_number else None
