"""Aside: one record or segment that never goes through keeps none behind it."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from streams.collector.acknowledging import Outbox
from streams.collector.reach import Reach
from streams.collector.spool.drain import adopt
from streams.collector.spool.durable import make_folder
from streams.collector.spool.folders import claim_own
from streams.collector.spool.store import READ_TRIES, Store
from streams.ports.eventlog import Acknowledged, Headers, Misfit, Refused
from tests.fakes.http import PolledLog
from tests.unit.collector.spool_records import MANY_BYTES, frames, numbers, segments
from tests.unit.collector.test_delivery import Site, run

NO_TOPIC = Refused("Broker: Unknown topic or partition")
TOO_LARGE = Misfit("Broker: Message size too large")


class PickyLog(PolledLog):
    """Refuses some records, and with a misfit all that were published beside it."""

    def __init__(self, refused: dict[int, Refused]) -> None:
        super().__init__()
        self.refused = refused

    def publish(
        self, topic: str, key: bytes | None, value: bytes, headers: Headers, told: Acknowledged
    ) -> None:
        error = self.refused.get(int(value))
        if error is not None and not isinstance(error, Misfit):
            told(error)
        else:
            super().publish(topic, key, value, headers, told)

    def flush(self, timeout_s: float) -> int:
        beside = self.records[len(self.records) - len(self._waiting) :]
        if not any(int(record.value) in self.refused for record in beside):
            return super().flush(timeout_s)
        waiting, self._waiting = self._waiting, []
        del self.records[len(self.records) - len(waiting) :]
        for told in waiting:
            told(TOO_LARGE)
        return 0


def counted(name: str) -> float:
    return REGISTRY.get_sample_value(f"stepthree_collector_{name}_total") or 0.0


@pytest.mark.parametrize("error", [NO_TOPIC, TOO_LARGE])
def test_a_record_that_is_refused_for_good_is_set_aside_and_the_others_go_on(
    tmp_path: Path, error: Refused
) -> None:
    Store(tmp_path, MANY_BYTES).append(frames(range(5)))
    before = counted("set_aside")

    async def act(site: Site) -> None:
        await site.drain.drain()
        assert not site.reach.is_away
        assert await site.send(9) == [True]

    site = run(lambda: Site(tmp_path, PickyLog({2: error})), act)

    assert sorted(site.in_log) == [0, 1, 3, 4, 9]
    (reasons,) = (tmp_path / "refused").glob("*.txt")
    assert reasons.read_text() == f"interactions: {error}\n"
    assert numbers(Store(tmp_path / "refused", MANY_BYTES)) == [2]
    assert counted("set_aside") - before == 1


def test_what_was_set_aside_is_sent_from_a_folder_beside_the_spools(tmp_path: Path) -> None:
    Store(tmp_path, MANY_BYTES).append(frames(range(3)))
    run(lambda: Site(tmp_path, PickyLog({1: NO_TOPIC})), lambda site: site.drain.drain())
    (aside,) = (tmp_path / "refused").glob("*.spool")
    (tmp_path / "spool" / "100").mkdir(parents=True)
    aside.rename(tmp_path / "spool" / "100" / aside.name)

    assert drained_by_adoption(tmp_path / "spool") == [1]


@pytest.mark.parametrize(("error", "is_kept"), [(NO_TOPIC, False), (TOO_LARGE, True)])
def test_a_pixel_is_kept_only_if_its_record_may_be_taken_alone(
    tmp_path: Path, error: Refused, is_kept: bool
) -> None:
    async def act(site: Site) -> None:
        assert await site.send(1) == [is_kept]
        assert not site.reach.is_away

    run(lambda: Site(tmp_path, PickyLog({1: error})), act)

    assert numbers(Store(tmp_path, MANY_BYTES)) == [1] * is_kept


def two_segments(folder: Path) -> Store:
    store = Store(folder, MANY_BYTES, segment_bytes=1)
    store.append(frames([1]))
    store.append(frames([2]))
    return store


def test_a_missing_segment_is_counted_and_skipped(tmp_path: Path) -> None:
    store, before = two_segments(tmp_path), counted("spool_damaged")
    segments(tmp_path)[0].unlink()

    assert numbers(store) == [2]
    assert counted("spool_damaged") - before == 1


def test_the_segment_that_is_written_to_may_be_missing_too(tmp_path: Path) -> None:
    store = Store(tmp_path, MANY_BYTES)
    store.append(frames([1]))
    segments(tmp_path)[0].unlink()

    assert store.read().records == []
    store.append(frames([2]))
    assert numbers(store) == [2]


def test_an_unreadable_segment_is_set_aside_after_some_tries(tmp_path: Path) -> None:
    store, before = two_segments(tmp_path), counted("spool_damaged")
    unreadable = segments(tmp_path)[0]
    unreadable.unlink()
    unreadable.mkdir()

    for _ in range(READ_TRIES - 1):
        with pytest.raises(OSError, match=os.strerror(errno.EISDIR)):
            store.read()

    assert numbers(store) == [2]
    assert [each.name for each in (tmp_path / "damaged").iterdir()] == [unreadable.name]
    assert counted("spool_damaged") - before == 1


def test_every_new_folder_is_durable_in_the_one_above_it(tmp_path: Path) -> None:
    synced: list[Path] = []

    claim_own(tmp_path / "home" / "spool", synced.append).release()
    make_folder(tmp_path / "home", synced.append)

    assert synced == [tmp_path, tmp_path / "home", tmp_path / "home" / "spool"]


def test_a_new_segment_is_durable_in_its_folder_before_its_records_are(tmp_path: Path) -> None:
    synced: list[int] = []
    store = Store(
        tmp_path, MANY_BYTES, sync=lambda descriptor: synced.append(os.fstat(descriptor).st_ino)
    )

    store.append(frames([1]))
    store.append(frames([2]))

    (segment,) = segments(tmp_path)
    assert synced == [each.stat().st_ino for each in (tmp_path, segment, segment)]


def drained_by_adoption(root: Path) -> list[int]:
    """What `adopt` hands to a log that takes all."""
    log = PolledLog()

    async def acting() -> None:
        outbox = Outbox(log, asyncio.get_running_loop())
        adopting = asyncio.create_task(adopt(root, outbox, Reach(outbox), lambda: 7))
        while any(root.glob("*/*.spool")):
            assert not adopting.done()
            await asyncio.sleep(0.01)
        adopting.cancel()

    asyncio.run(asyncio.wait_for(acting(), 20))
    return [int(value) for value in log.values("interactions")]


def test_the_event_loop_opens_no_file_of_a_spool_that_was_left(tmp_path: Path) -> None:
    (tmp_path / "0").mkdir()
    Store(tmp_path / "0", MANY_BYTES).append(frames([1]))
    by_loop: list[str] = []
    loop_thread, is_watching = threading.get_ident(), True

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if is_watching and event == "open" and threading.get_ident() == loop_thread:
            by_loop.extend(str(each) for each in arguments[:1] if str(tmp_path) in str(each))

    sys.addaudithook(watch)  # there is no way to take it off again
    try:
        assert drained_by_adoption(tmp_path) == [1]
    finally:
        is_watching = False

    assert by_loop == []
