"""Rates: how much one write key and one address may send; a fixed number of both is remembered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

REMEMBERED_SENDERS_MAX: Final = 65_536


class Rate:
    """A token bucket per name, least recently used ones forgotten first.

    A bucket is one number: the moment at which it will be full again. A request larger than the
    bucket passes when the bucket is full, and is paid for afterwards.
    """

    def __init__(self, per_s: float, burst_s: float, monotonic_s: Callable[[], float]) -> None:
        self._per_s = per_s
        self._half_token_s = 0.5 / per_s  # nothing hangs on the last bit of a number
        self._burst_s = burst_s
        self._monotonic_s = monotonic_s
        self._full_at_s: dict[str, float] = {}

    def take(self, name: str, tokens: int = 1) -> float:
        """Take tokens; 0.0 when there were some, else the seconds after which to try again."""
        now_s = self._monotonic_s()
        full_at_s = max(self._full_at_s.pop(name, now_s), now_s)
        wait_s = full_at_s - now_s - self._burst_s + self._half_token_s
        if wait_s <= 0.0:
            full_at_s += tokens / self._per_s
        self._full_at_s[name] = full_at_s
        if len(self._full_at_s) > REMEMBERED_SENDERS_MAX:
            del self._full_at_s[next(iter(self._full_at_s))]
        return max(wait_s, 0.0)
