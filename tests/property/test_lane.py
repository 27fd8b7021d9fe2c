"""The law of delivery: wherever a lane dies, the next one leaves every record written once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from streams.codec.batch import Record
from streams.codec.plan import decode_plan
from streams.domain.visitor import Visitor
from streams.ports.facts import InsertBatch
from streams.worker.folds import Folded
from streams.worker.inbox import Inbox
from streams.worker.lane import BatchPolicy, Lane
from tests.fakes.lane import OpenLog
from tests.loops import on_a_loop
from tests.unit.worker.running import PLACE, log_of


class Died(Exception):
    """The process is gone."""


class World:
    """What outlives a worker: the group's offset, the tables, the files of the state."""

    def __init__(self) -> None:
        self.committed, self.metadata = 0, ""
        self.tables: dict[str, list[int]] = {}
        self.stored, self.state = 0, list[int]()
        self.effects_left = 0
        self.done = asyncio.Event()

    def dies(self) -> None:
        """Raise when the process has no effect left."""
        self.effects_left -= 1
        if self.effects_left == 0:
            raise Died

    async def commit(self, offset: int, metadata: str) -> None:
        """Dies before or after the broker has it."""
        self.dies()
        self.committed, self.metadata = offset, metadata
        self.dies()

    async def write(self, inserts: Sequence[InsertBatch], token: str) -> bool:
        """Dies before, between or after the inserts; a token counts once."""
        for insert in inserts:
            self.dies()
            rows = list(insert.columns["offset"])
            assert self.tables.setdefault(f"{insert.table} {token}", rows) == rows
        self.dies()
        return True

    def give_up(self) -> None:
        """Nothing is repeated here."""


class Partition(NamedTuple):
    """A fold whose facts are the records' offsets, and so is its state."""

    world: World

    @property
    def offset(self) -> int:
        return self.world.stored

    def fold(self, records: Sequence[Record]) -> Folded:
        offsets = [record.offset for record in records]
        rows = InsertBatch("events", {"offset": offsets}), InsertBatch("more", {"offset": offsets})
        return Folded(rows, {offset: Visitor() for offset in offsets})

    def advance(self, records: Sequence[Record]) -> Mapping[int, Visitor]:
        return {record.offset: Visitor() for record in records}

    def save(self, changed: Mapping[int, Visitor], offset: int) -> None:
        """Dies before or after the atomic write."""
        self.world.dies()
        self.world.state = self.world.state + list(changed)
        self.world.stored = offset
        self.world.dies()

    def close(self) -> None:
        """Nothing is open."""


async def run_worker(world: World, end: int, rows: int, effects: int) -> None:
    """A worker that takes over what it finds, until it dies or has settled all below `end`."""
    world.effects_left = effects
    inbox = Inbox(world.stored, end + 1, lambda: None)
    if world.stored < end:
        inbox.put(log_of(world.stored, end))
    lane = Lane(
        PLACE,
        Partition(world),
        world,
        world,
        log_ready=OpenLog(),
        policy=BatchPolicy(rows, 0.0),
        inbox=inbox,
        observe=lambda _place, _effect: None,
    )
    task = asyncio.create_task(lane.run(world.committed, decode_plan(world.metadata)))
    while not task.done() and not (world.stored == end == world.committed):
        await asyncio.sleep(0)
    lane.stop()
    await asyncio.wait([task])
    assert task.exception() is None or isinstance(task.exception(), Died)


@given(
    end=st.integers(1, 12),
    rows=st.lists(st.integers(1, 5), min_size=1, max_size=5),
    deaths=st.lists(st.integers(1, 20), max_size=4),
)
@on_a_loop
async def test_wherever_lanes_die_every_record_is_written_and_in_the_state_once(
    end: int, rows: list[int], deaths: list[int]
) -> None:
    world = World()
    for number, effects in enumerate((*deaths, 1_000)):
        await run_worker(world, end, rows[number % len(rows)], effects)
    for table in ("events", "more"):
        written = [
            offset
            for name, offsets in world.tables.items()
            if name.startswith(f"{table} ")
            for offset in offsets
        ]
        assert sorted(written) == list(range(end))
    assert world.state == list(range(end))
    assert (world.committed, decode_plan(world.metadata)) == (end, None)
