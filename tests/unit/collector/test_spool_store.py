"""Store: bounded, in order, settled once; full disks and damaged bytes are told, never guessed."""

import errno
import os
from pathlib import Path

import pytest

from streams.collector.spool.store import SpoolFull, Store
from tests.unit.collector.spool_records import MANY_BYTES, frames, numbers, segments


def test_what_was_appended_is_read_in_order_across_segments(tmp_path: Path) -> None:
    store = Store(tmp_path, MANY_BYTES, segment_bytes=300)
    for number in range(50):
        store.append(frames([number]))

    assert len(segments(tmp_path)) > 5
    assert numbers(store) == list(range(50))


def test_what_is_settled_gives_its_room_back(tmp_path: Path) -> None:
    store = Store(tmp_path, MANY_BYTES, segment_bytes=300)
    store.append(frames(range(50)))
    store.append(frames(range(50, 60)))

    assert numbers(store) == list(range(60))
    assert (store.size_bytes, store.is_empty) == (0, True)
    store.close()
    assert segments(tmp_path) == []


def test_a_restart_amid_draining_repeats_only_what_was_not_settled(tmp_path: Path) -> None:
    store = Store(tmp_path, MANY_BYTES, segment_bytes=300)
    for number in range(0, 60, 20):
        store.append(frames(range(number, number + 20)))
    first = store.read()
    store.settle(first.end)

    assert [int(spooled.record.value) for spooled in first.records] == list(range(20))
    assert numbers(Store(tmp_path, MANY_BYTES)) == list(range(20, 60))


def test_a_lost_position_repeats_and_loses_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path, MANY_BYTES)
    store.append(frames(range(9)))
    (tmp_path / "position").write_bytes(b"\0" * 20)

    assert numbers(Store(tmp_path, MANY_BYTES)) == list(range(9))


def test_a_full_spool_takes_nothing_and_again_when_drained(tmp_path: Path) -> None:
    store = Store(tmp_path, limit_bytes=1_000)
    store.append(frames([1], size_bytes=800))

    with pytest.raises(SpoolFull):
        store.append(frames([2], size_bytes=800))

    assert numbers(store) == [1]
    store.append(frames([2], size_bytes=800))
    assert numbers(store) == [2]


def test_numbers_of_segments_are_never_used_again(tmp_path: Path) -> None:
    store = Store(tmp_path, MANY_BYTES)
    store.append(frames([1]))
    assert numbers(store) == [1]
    store.close()

    again = Store(tmp_path, MANY_BYTES)
    again.append(frames([2]))

    assert numbers(Store(tmp_path, MANY_BYTES)) == [2]


def test_a_damaged_record_is_set_aside_and_the_others_are_read(tmp_path: Path) -> None:
    store = Store(tmp_path, MANY_BYTES)
    store.append(frames(range(5)))
    (segment,) = segments(tmp_path)
    held = bytearray(segment.read_bytes())
    frame = frames([2])[0]
    held[held.find(frame) + len(frame) - 3] ^= 1
    segment.write_bytes(held)

    assert numbers(Store(tmp_path, MANY_BYTES)) == [0, 1, 3, 4]
    (aside,) = (tmp_path / "damaged").iterdir()
    assert len(aside.read_bytes()) == len(frame)


def test_behind_a_damaged_head_nothing_is_guessed(tmp_path: Path) -> None:
    store = Store(tmp_path, MANY_BYTES * 9)
    store.append(frames(range(5)))
    store.append(frames(range(5, 9), size_bytes=400_000))
    store.close()
    (segment,) = segments(tmp_path)
    held = bytearray(segment.read_bytes())
    held[held.find(frames([3])[0]) + 1] ^= 1
    segment.write_bytes(held)

    again = Store(tmp_path, MANY_BYTES * 9)
    again.append(frames([10]))

    assert numbers(again) == [0, 1, 2, 10]
    (aside,) = (tmp_path / "damaged").iterdir()
    assert segment.exists() is False
    assert len(aside.read_bytes()) > 4 * 400_000


def test_room_that_was_never_written_to_is_no_damage(tmp_path: Path) -> None:
    store = Store(tmp_path, MANY_BYTES)
    store.append(frames(range(5)))
    with segments(tmp_path)[0].open("ab") as file:
        file.write(bytes(4_096))

    assert numbers(Store(tmp_path, MANY_BYTES)) == list(range(5))
    assert not (tmp_path / "damaged").exists()


class Disk:
    """Syncs files until told that it fails."""

    is_failing = False

    def sync(self, descriptor: int) -> None:
        if self.is_failing:
            raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_after_an_error_of_fsync_the_segment_is_left_with_what_was_durable(tmp_path: Path) -> None:
    disk = Disk()
    store = Store(tmp_path, MANY_BYTES, sync=disk.sync)
    store.append(frames([1]))
    disk.is_failing = True
    with pytest.raises(OSError, match="Input/output"):
        store.append(frames([2]))
    disk.is_failing = False
    store.append(frames([3]))

    assert len(segments(tmp_path)) == 2
    assert numbers(Store(tmp_path, MANY_BYTES)) == [1, 3]


def test_a_record_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at most 524288 bytes"):
        frames([1], size_bytes=600_000)
