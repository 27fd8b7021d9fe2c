"""Delivery: a pixel is durable in the log or in the spool, in order, or it is refused."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from streams.collector.acknowledging import Outbox
from streams.collector.delivery import Delivery
from streams.collector.reach import Reach
from streams.collector.spool.drain import Drain
from streams.collector.spool.store import Store
from streams.collector.spool.waiting import Spool
from streams.ports.eventlog import LogFailed
from tests.fakes.http import PolledLog
from tests.unit.collector.spool_records import MANY_BYTES, frames, numbers, record

WITHIN_S = 20.0


class AwayLog(PolledLog):
    """Refuses every record, and answers no probe, while it is away."""

    is_away = False

    def flush(self, timeout_s: float) -> int:
        if not self.is_away:
            return super().flush(timeout_s)
        waiting, self._waiting = self._waiting, []
        del self.records[len(self.records) - len(waiting) :]
        for acknowledged in waiting:
            acknowledged("timed out")
        return 0

    def reachable(self, timeout_s: float) -> bool:
        return not self.is_away


class Disk:
    """Syncs files, slowly or not at all, and counts how often."""

    def __init__(self) -> None:
        self.syncs = 0
        self.is_full = False

    def sync(self, descriptor: int) -> None:
        self.syncs += 1
        if self.is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)


class Site:
    """The parts of a collector behind its HTTP."""

    def __init__(self, folder: Path, log: PolledLog, limit_bytes: int = MANY_BYTES) -> None:
        self.log = log
        self.disk = Disk()
        self.store = Store(folder, limit_bytes, sync=self.disk.sync)
        self.spool = Spool(self.store, lambda: 7)
        outbox = Outbox(log, asyncio.get_running_loop())
        self.reach = Reach(outbox)
        self.drain = Drain(self.spool, outbox, self.reach)
        self.delivery = Delivery(outbox, self.reach, self.drain)

    async def send(self, *numbers: int) -> list[bool]:
        return [await self.delivery.deliver(record(number)) for number in numbers]

    @property
    def in_log(self) -> list[int]:
        return [int(value) for value in self.log.values("interactions")]


def run(site: Callable[[], Site], act: Callable[[Site], Awaitable[None]]) -> Site:
    """Act on a site in a loop of its own; the site when all is over."""

    async def acting() -> Site:
        made = site()
        await asyncio.wait_for(act(made), WITHIN_S)
        made.reach.close()
        await made.spool.close()
        return made

    return asyncio.run(acting())


def test_while_the_log_takes_records_the_spool_has_none(tmp_path: Path) -> None:
    async def act(site: Site) -> None:
        assert await site.send(1, 2, 3) == [True] * 3

    site = run(lambda: Site(tmp_path, PolledLog()), act)

    assert (site.in_log, site.disk.syncs) == ([1, 2, 3], 0)


def test_what_the_log_does_not_take_is_drained_once_it_is_back_in_order(tmp_path: Path) -> None:
    log = AwayLog()

    async def act(site: Site) -> None:
        log.is_away = True
        assert await site.send(*range(10)) == [True] * 10
        assert (site.reach.is_away, site.in_log) == (True, [])
        log.is_away = False
        await site.drain.drain()
        assert await site.send(10) == [True]

    site = run(lambda: Site(tmp_path, log), act)

    assert site.in_log == list(range(11))
    assert site.log.records[0].headers == (("n", b"0"),)


def test_many_records_share_one_fsync(tmp_path: Path) -> None:
    log = AwayLog()

    async def act(site: Site) -> None:
        log.is_away = True
        await site.send(0)
        kept = [site.delivery.deliver(record(number)) for number in range(1, 200)]
        assert all(await asyncio.gather(*kept))

    site = run(lambda: Site(tmp_path, log), act)

    assert numbers(Store(tmp_path, MANY_BYTES)) == list(range(200))
    assert site.disk.syncs < 10


def test_newer_records_go_behind_those_that_wait(tmp_path: Path) -> None:
    Store(tmp_path, MANY_BYTES).append(frames(range(5)))

    async def act(site: Site) -> None:
        assert await site.send(5, 6) == [True, True]
        assert site.in_log == []
        await site.drain.drain()

    assert run(lambda: Site(tmp_path, PolledLog()), act).in_log == list(range(7))


def test_a_chunk_is_sent_again_only_where_it_was_not_acknowledged(tmp_path: Path) -> None:
    Store(tmp_path, MANY_BYTES).append(frames(range(5)))
    log = PolledLog(room=3)

    async def act(site: Site) -> None:
        await site.drain.drain()

    site = run(lambda: Site(tmp_path, log), act)

    assert site.in_log == list(range(5))
    assert numbers(Store(tmp_path, MANY_BYTES)) == []


def test_what_is_not_drained_at_the_end_is_there_at_the_next_start(tmp_path: Path) -> None:
    log = AwayLog()

    async def act(site: Site) -> None:
        log.is_away = True
        await site.send(1, 2)

    run(lambda: Site(tmp_path, log), act)

    assert numbers(Store(tmp_path, MANY_BYTES)) == [1, 2]


def test_a_full_spool_refuses_and_what_it_took_arrives(tmp_path: Path) -> None:
    log, answers = AwayLog(), list[bool]()

    async def act(site: Site) -> None:
        log.is_away = True
        answers.extend(await site.send(*range(50)))
        log.is_away = False
        await site.drain.drain()
        assert await site.send(50) == [True]

    site = run(lambda: Site(tmp_path, log, limit_bytes=1_000), act)

    assert answers[0] and not answers[-1]
    assert site.in_log == [*[n for n, is_kept in enumerate(answers) if is_kept], 50]


def test_a_full_disk_refuses_and_keeps_from_no_log_that_takes_records(tmp_path: Path) -> None:
    log = AwayLog()

    async def act(site: Site) -> None:
        log.is_away = site.disk.is_full = True
        assert await site.send(1, 2) == [False, False]
        log.is_away = False
        await site.reach.back()
        assert await site.send(3, 4) == [True, True]

    assert run(lambda: Site(tmp_path, log), act).in_log == [3, 4]


def test_a_full_spool_ahead_of_a_log_that_is_back_refuses_nothing(tmp_path: Path) -> None:
    Store(tmp_path, MANY_BYTES).append(frames(range(5)))

    async def act(site: Site) -> None:
        assert await site.send(9) == [True]

    assert run(lambda: Site(tmp_path, PolledLog(), limit_bytes=10), act).in_log == [9]


def test_a_log_that_failed_for_good_leaves_its_records_to_the_next_process(tmp_path: Path) -> None:
    async def act(site: Site) -> None:
        assert await site.send(1) == [True]
        with pytest.raises(LogFailed):
            await site.drain.run()

    run(lambda: Site(tmp_path, PolledLog(dies_after=0)), act)

    assert numbers(Store(tmp_path, MANY_BYTES)) == [1]


def test_a_full_queue_is_no_broker_away(tmp_path: Path) -> None:
    async def act(site: Site) -> None:
        assert await site.send(1) == [True]
        assert not site.reach.is_away

    run(lambda: Site(tmp_path, PolledLog(room=0)), act)

    assert numbers(Store(tmp_path, MANY_BYTES)) == [1]
