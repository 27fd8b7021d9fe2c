"""EventLog: where records are published; a record counts once its acknowledgement has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

Headers = Sequence[tuple[str, bytes]]
Acknowledged = Callable[[str | None], None]


class Refused(str):
    """An acknowledgement's error that stays, sent again or not, until an operator mends the log.

    Its topic is not there, or not ours to write to. Any other error may pass by itself.
    """

    __slots__ = ()


class Misfit(Refused):
    """The log does not take this record, or one of those that it was sent with: too large, say.

    Sent alone it may be taken.
    """

    __slots__ = ()


class Backpressure(Exception):
    """The log takes no more for now; nothing was published. Try again after `retry_after_s`."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"the log takes no more records; retry after {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class LogFailed(Exception):
    """This log can never publish again; the process must end and start anew."""


class EventLog(Protocol):
    """An ordered, durable log; order holds within one key."""

    def publish(
        self,
        topic: str,
        key: bytes | None,
        value: bytes,
        headers: Headers,
        acknowledged: Acknowledged,
    ) -> None:
        """Hand one record over; `acknowledged` gets None once it is durable, else an error's text;
        a `Refused` when sending the record again is of no use.

        Raises Backpressure when no room is left, LogFailed when there never will be.
        """

    def flush(self, timeout_s: float) -> int:
        """Wait for all acknowledgements; how many are still missing."""

    def close(self) -> None:
        """Flush a bounded time and let go."""
