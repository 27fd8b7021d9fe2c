"""Delivery: a pixel's record goes to the log, or to the spool while the log does not take it."""

from __future__ import annotations

from streams.collector.acknowledging import Outbox, Receipt
from streams.collector.reach import Reach
from streams.collector.spool.drain import Drain
from streams.collector.spool.frames import Outgoing
from streams.ports.eventlog import Backpressure, LogFailed, Misfit, Refused


class Delivery:
    """Browsers never send again: what a pixel brings is kept wherever it can be.

    An acknowledgement that fails is no proof that the log has nothing: what is spooled then may
    be in the log twice, with one event id.
    """

    def __init__(self, outbox: Outbox, reach: Reach, drain: Drain | None) -> None:
        self._outbox = outbox
        self._reach = reach
        self._drain = drain

    async def deliver(self, record: Outgoing) -> bool:
        """Whether the record is durable, in the log or in the spool.

        Raises LogFailed when there is no spool.
        """
        if self._drain is None:
            return not self._reach.is_away and await self._publish(record) is None
        is_tried = not self._reach.is_away and not self._drain.is_behind
        if is_tried:
            error = await self._publish(record)
            if error is None:
                return True
            if isinstance(error, Refused) and not isinstance(error, Misfit):
                return False  # kept, it would be refused later
        if await self._drain.keep(record):
            return True
        # A spool that takes nothing must not keep from a log that does.
        return not is_tried and not self._reach.is_away and await self._publish(record) is None

    async def _publish(self, record: Outgoing) -> str | None:
        """None when the log has it, else why not."""
        topic, key, value, headers = record
        receipt = Receipt()
        try:
            self._outbox.publish(topic, key, value, receipt, headers)
        except Backpressure as full:
            return str(full)
        except LogFailed as failed:
            if self._drain is None:
                raise
            return str(
                failed
            )  # the drain meets it too, and ends the process; the next one has the spool
        error = await receipt.settled()
        if error is not None:
            self._reach.failed(error)
        return error
