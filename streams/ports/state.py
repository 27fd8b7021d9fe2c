"""State of one partition: visitors, and the offset that they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from streams.domain.visitor import Visitor


class StateStore(Protocol):
    """Visitors and offset change together or not at all; the lane replays from the offset."""

    @property
    def offset(self) -> int:
        """All records below it are in the state, none above."""

    def load(self, keys: Iterable[int]) -> dict[int, Visitor]:
        """The visitors among these keys that are known; the mapping may be changed by the fold."""

    def save(self, changed: Mapping[int, Visitor], offset: int) -> None:
        """Keep changed visitors and offset in one atomic write."""

    def skip(self, offset: int) -> None:
        """There are no records up to this offset any more; kept before it returns."""

    def close(self) -> None:
        """Let go of the files."""
