"""Transport: Faust's consumer for lanes: one event per fetched batch; lanes own place and commit.

Faust keeps membership, fetching and lifecycle. Every override here replaces something that loses
or repeats data in its default form (docs/decisions/0002).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Protocol

from faust.serializers.schemas import Schema
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from streams.worker.holes import Found, first_at
from streams.worker.lease import CommitThread, RebalanceListener

IDLE = frozenset({TP("", 0)})  # aiokafka takes an empty set of partitions for "all of them"
POLL_S = 0.1
OPEN_AGAIN_S, OPEN_AGAIN_MOST_S = 1.0, 8.0


class Lanes(Protocol):
    """What the consumer has to know of the lanes."""

    async def open(self) -> Mapping[TP, int] | None:
        """Open a lane per assigned partition; where each wants to read. None: not yet."""

    async def release(self) -> None:
        """Finish or abandon every lane."""

    def hungry(self) -> set[TP]:
        """Partitions whose lane has room."""

    async def wait_hungry(self, timeout_s: float) -> None:
        """Until one has room, or the time is over."""


class BatchMessage(ConsumerMessage):
    """A partition's fetched records as one message of Faust."""

    def __init__(self, tp: TP, records: list[Any], generation: int) -> None:
        last = records[-1]
        super().__init__(
            topic=tp.topic,
            partition=tp.partition,
            offset=last.offset,
            timestamp=last.timestamp / 1000,
            timestamp_type=0,
            headers=None,
            key=None,
            value=records,
            checksum=None,
            tp=tp,
            generation_id=generation,
        )
        self.tracked = True  # else the stream registers it with Faust's own acknowledgement


class BatchSchema(Schema):
    """Leaves the records as they are: decoding is the lane's."""

    def compile(self, app: Any, **_: Any) -> Callable[..., Any]:
        """A decoder that only wraps the message in an event."""

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return app.create_event(None, message.value, None, message)

        return decode


class Consumer(driver.Consumer):
    """Fetches for hungry lanes and leaves place and commit to them."""

    RebalanceListener = RebalanceListener
    lanes: Lanes  # set by the composition root before the app starts

    def _new_consumer_thread(self) -> CommitThread:
        return CommitThread(self, loop=self.loop, beacon=self.beacon)

    async def _wait_next_records(self, timeout: float) -> tuple[Any, set[TP]]:
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        wanted = self._get_active_partitions() & self.lanes.hungry()
        if wanted:
            return await self._getmany(active_partitions=wanted, timeout=POLL_S), wanted
        # Still a poll: a member that does not poll for broker_max_poll_interval leaves the group.
        await self._getmany(active_partitions=IDLE, timeout=0)
        await self.lanes.wait_hungry(POLL_S / 2)
        return {}, wanted

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, BatchMessage]]:
        """One message per partition and fetch; what is dropped here the lane asks for again."""
        records, _ = await self._wait_next_records(timeout)
        if self.should_stop or not self.flow_active:
            return
        for tp, batch in records.items():
            if batch:
                self._read_offset[tp] = None  # the lane knows better what it has read
                yield tp, BatchMessage(tp, batch, self.app.consumer_generation_id)

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Faust calls this once per assignment: here a partition's place is its lane's.

        Lanes that may not open yet are opened later, since Faust waits for this a bounded time.
        """
        positions = await self._opened()
        if positions is None:
            self.add_future(self._open_later())
        return positions or {}

    async def _open_later(self) -> None:
        pause_s = OPEN_AGAIN_S
        while not self.should_stop:
            await self.sleep(pause_s)
            if await self._opened() is not None:
                return
            pause_s = min(2 * pause_s, OPEN_AGAIN_MOST_S)

    async def _opened(self) -> Mapping[TP, int] | None:
        """Where the lanes read on, which the consumer does from now on; None: not yet."""
        positions = await self.lanes.open()
        if positions is None:
            return None
        await self._thread.run_here(self._thread.seek_here(positions))
        return positions

    def reseek(self, tp: TP, offset: int) -> None:
        """Read on from there: the lane saw a gap."""
        self.add_future(self._thread.run_here(self._thread.seek_here({tp: offset})))

    async def first_at(self, tp: TP, offset: int) -> Found | None:
        """What the broker has there, asked beside the fetching."""
        brokers = driver.server_list(self.transport.url, self.transport.default_port)
        return await first_at(brokers, tp, offset)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Lanes finish before the partitions go; commits under the old lease are still taken."""
        await self.lanes.release()
        await super().on_partitions_revoked(revoked)

    async def on_stop(self) -> None:
        """Lanes finish before the group is left."""
        await self.lanes.release()
        await super().on_stop()

    def ack(self, message: Any) -> bool:
        """Nothing but a lane acknowledges."""
        return False

    def _new_offset(self, tp: TP) -> int | None:
        return None  # the periodic committer would overwrite the plan with empty metadata

    async def _commit(self, offsets: Any) -> bool:
        raise AssertionError("only lanes commit")


class Transport(driver.Transport):
    """The aiokafka transport with our consumer."""

    Consumer = Consumer
