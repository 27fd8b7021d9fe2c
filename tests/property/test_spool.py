"""Spool: after a crash at any byte it holds a prefix of what came, with all that was durable."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.collector.spool.frames import Outgoing, encode_frame, read_frames
from streams.collector.spool.store import Store
from tests.unit.collector.spool_records import MANY_BYTES, frames, numbers, segments

names = st.text(max_size=20)
records = st.builds(
    Outgoing,
    names,
    st.none() | st.binary(max_size=80),
    st.binary(max_size=2_000),
    st.lists(st.tuples(names, st.binary(max_size=100)), max_size=6),
)
groups = st.lists(st.integers(min_value=1, max_value=9), min_size=1, max_size=8)


@given(st.lists(st.tuples(records, st.integers(min_value=0, max_value=2**52)), max_size=20))
def test_what_is_read_is_what_was_written(
    written: list[tuple[Outgoing, int]],
) -> None:
    held = b"".join(encode_frame(record, at_ms) for record, at_ms in written)

    found = read_frames(held, is_whole=True)

    assert [(spooled.record, spooled.at_ms) for spooled in found.records] == written
    assert (found.damaged, found.end, found.is_torn) == ([], len(held), False)


@given(groups, st.integers(min_value=200, max_value=3_000), st.data())
@settings(max_examples=60)
def test_a_crash_at_any_byte_leaves_a_prefix_with_all_that_was_durable(
    sizes: list[int], segment_bytes: int, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store, count = Store(folder, MANY_BYTES, segment_bytes), 0
        for size in sizes:
            store.append(frames(range(count, count + size)))
            count += size
        durable = count
        unsure = b"".join(frames(range(count, count + 5)))
        with segments(folder)[-1].open("ab") as file:  # written, and not yet durable
            file.write(unsure[: data.draw(st.integers(0, len(unsure)))])

        found = numbers(Store(folder, MANY_BYTES))

        assert found == list(range(len(found)))
        assert len(found) >= durable


@given(groups, st.data())
@settings(max_examples=60)
def test_a_segment_cut_at_any_byte_is_a_prefix(sizes: list[int], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = Store(folder, MANY_BYTES)
        held = frames(range(sum(sizes)))
        store.append(held)
        at = data.draw(st.integers(0, sum(map(len, held))))
        with segments(folder)[-1].open("r+b") as file:
            file.truncate(at)

        whole = [n for n in range(len(held)) if sum(map(len, held[: n + 1])) <= at]
        assert numbers(Store(folder, MANY_BYTES)) == whole


@given(groups, st.data())
@settings(max_examples=100)
def test_a_flipped_bit_costs_no_record_but_those_it_hides(
    sizes: list[int], data: st.DataObject
) -> None:
    held = bytearray(b"".join(frames(range(sum(sizes)))))
    at = data.draw(st.integers(0, len(held) - 1))
    held[at] ^= 1 << data.draw(st.integers(0, 7))

    found = read_frames(bytes(held), is_whole=True)

    seen = [int(spooled.record.value) for spooled in found.records]
    assert seen == sorted(set(seen)) and set(seen) < set(range(sum(sizes)))
    assert len(found.damaged) == 1
    assert held.find(found.damaged[0].content) == found.damaged[0].start
