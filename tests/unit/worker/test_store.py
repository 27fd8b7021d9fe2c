"""The store: one partition's visitors in files; they and their offset change together."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rocksdict import AccessType, Checkpoint, Options, Rdict

from streams.codec.batch import Batch
from streams.domain.facts import Facts
from streams.domain.fold import fold
from streams.domain.interaction import Interaction
from streams.domain.keys import name_key
from streams.domain.visitor import Visitor
from streams.worker.memory import Memory
from streams.worker.store import DamagedError, ForeignError, RocksStore, StoreError
from tests.builders import HOUR, LIMITS, T0, campaign, interaction, stamped
from tests.property.strategies import dirty_streams
from tests.property.sums import Totals, add, totals

V, W = name_key(b"acme/v"), name_key(b"acme/w")


def visitors_of(*found: Interaction) -> dict[int, Visitor]:
    """What the fold remembers after these interactions."""
    visitors: dict[int, Visitor] = {}
    fold(stamped(found).steps, visitors, LIMITS)
    return visitors


def rich_visitor() -> dict[int, Visitor]:
    """One with every kind of memory: ids, skew, sessions, journeys, sessions of a campaign."""
    touches = [
        interaction(stage, stage, at=T0 + at * HOUR, sent_at=T0 + at * HOUR - 7 * HOUR)
        for at, stage in enumerate(("visit", "talk", "act", "passive", "pushback"))
    ]
    visitors = visitors_of(*touches)
    own = campaign(campaign="d", sessions="per-campaign")
    fold(stamped([interaction("own", campaign="d")], [own]).steps, visitors, LIMITS)
    return visitors


def both() -> list[Interaction]:
    """Two visits of v."""
    return [interaction("e1"), interaction("e2")]


def crashed(store: RocksStore) -> None:
    """The process is gone: nothing is closed, the lock on the files is free."""
    store._db.close()


def test_a_new_store_stands_at_the_beginning_and_knows_nobody(tmp_path: Path) -> None:
    store = RocksStore(tmp_path / "p" / "interactions-0")
    assert (store.offset, store.load([V, W])) == (0, {})
    store.close()


def test_what_is_saved_is_there_when_the_store_is_opened_again(tmp_path: Path) -> None:
    store = RocksStore(tmp_path / "s")
    saved = rich_visitor()
    store.save(saved, 17)
    store.close()
    again = RocksStore(tmp_path / "s")
    assert (again.offset, dict(again.load([V, W]))) == (17, saved)
    again.close()


def test_only_the_visitors_that_are_asked_for_are_read(tmp_path: Path) -> None:
    store = RocksStore(tmp_path / "s")
    both = visitors_of(interaction("e1", visitor="v"), interaction("e2", visitor="w"))
    store.save(both, 2)
    store.close()
    again = RocksStore(tmp_path / "s")
    assert again.load([W]) == {W: both[W]}
    assert again.load([V]) == both
    again.close()


def test_a_batch_that_changes_nobody_still_moves_the_offset(tmp_path: Path) -> None:
    store = RocksStore(tmp_path / "s")
    store.save({}, 5)
    assert store.offset == 5
    store.close()
    again = RocksStore(tmp_path / "s")
    assert again.offset == 5
    again.close()


def test_a_later_save_replaces_a_visitor(tmp_path: Path) -> None:
    store = RocksStore(tmp_path / "s")
    store.save(visitors_of(interaction("e1")), 1)
    later = visitors_of(interaction("e1"), interaction("e2"))
    store.save(later, 2)
    store.close()
    again = RocksStore(tmp_path / "s")
    assert (again.offset, again.load([V])) == (2, later)
    again.close()


def test_after_a_crash_the_store_stands_where_it_last_wrote(tmp_path: Path) -> None:
    store = RocksStore(tmp_path / "s", write_every=2)
    written = visitors_of(interaction("e1"), interaction("e2"))
    store.save(written, 2)
    later = visitors_of(interaction("e1"), interaction("e2"), interaction("e3"))
    store.save(later, 3)
    assert store.offset == 3
    crashed(store)
    again = RocksStore(tmp_path / "s")
    assert (again.offset, again.load([V])) == (2, visitors_of(*both()))
    again.close()


def test_a_fold_that_was_never_saved_is_in_no_file(tmp_path: Path) -> None:
    store = RocksStore(tmp_path / "s", write_every=2)
    found = [interaction(f"e{number}") for number in range(4)]
    for saved in (1, 2, 3):
        fold_into(store, found[saved - 1 : saved], saved)
    fold(stamped(found[3:]).steps, store.load([V]), LIMITS)
    store.close()
    again = RocksStore(tmp_path / "s")
    assert (again.offset, again.load([V])) == (2, visitors_of(*found[:2]))
    again.close()


def test_a_store_of_another_format_is_refused_with_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    files = Rdict(str(folder), Options(raw_mode=True), access_type=AccessType.read_write())
    files.put(b"version", b"7")
    files.close()
    with pytest.raises(StoreError) as refusal:
        RocksStore(folder)
    assert str(refusal.value) == (
        f"state in {folder}: expected format 3, found b'7'; run the version that wrote it, "
        "or delete the folder to rebuild it from the topic"
    )


def test_a_store_that_was_refused_can_be_opened_by_the_version_that_wrote_it(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "s"
    files = Rdict(str(folder), Options(raw_mode=True), access_type=AccessType.read_write())
    files.put(b"version", b"7")
    files.close()
    with pytest.raises(StoreError):
        RocksStore(folder)
    again = Rdict(str(folder), Options(raw_mode=True), access_type=AccessType.read_write())
    assert again.get(b"version") == b"7"
    again.close()


def test_a_store_of_another_epoch_is_not_used(tmp_path: Path) -> None:
    RocksStore(tmp_path / "s", epoch=1).close()
    with pytest.raises(ForeignError, match="expected epoch 2, found 1"):
        RocksStore(tmp_path / "s", epoch=2)


def test_a_store_of_an_older_format_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    files = Rdict(str(folder), Options(raw_mode=True), access_type=AccessType.read_write())
    files.put(b"version", b"1")
    files.close()
    with pytest.raises(ForeignError, match="expected format 3, found 1"):
        RocksStore(folder)


def test_a_store_that_another_one_holds_is_no_damage(tmp_path: Path) -> None:
    store = RocksStore(tmp_path / "s")
    with pytest.raises(StoreError, match="lock"):
        RocksStore(tmp_path / "s")
    store.close()


def test_a_folder_without_a_store_is_damage(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    with pytest.raises(DamagedError, match="no format"):
        RocksStore(tmp_path / "s")


@pytest.mark.parametrize("cache_mb", [0, 1])
def test_a_small_cache_forgets_nobody(tmp_path: Path, cache_mb: int) -> None:
    store = RocksStore(tmp_path / "s", Memory(cache_mb))
    names = ("u", "v", "w", "u", "v", "w")
    for offset, name in enumerate(names):
        step = stamped([interaction(f"e{offset}", visitor=name)]).steps[0]
        facts = fold([step], store.load([step[0]]), LIMITS)
        store.save(facts.changed, offset + 1)
    for name in ("u", "v", "w"):
        key = name_key(f"acme/{name}".encode())
        assert len(store.load([key])[key].ring) == 16
    store.close()


@settings(max_examples=25)
@given(
    found=dirty_streams(),
    cache_mb=st.integers(0, 1),
    write_every=st.integers(1, 12),
    cuts=st.lists(st.tuples(st.integers(0, 24), st.sampled_from(("on", "closed", "crashed")))),
)
def test_cache_restarts_and_crashes_change_nothing_of_the_facts(
    found: list[Interaction], cache_mb: int, write_every: int, cuts: list[tuple[int, str]]
) -> None:
    """A batch's facts are added once, however often it is folded again after a crash."""
    sums: Totals = Counter(), Counter(), Counter()
    memory = Memory(cache_mb)
    ends = sorted((cut for cut in cuts if cut[0] < len(found)), key=itemgetter(0))
    with TemporaryDirectory() as folder:
        store = RocksStore(Path(folder, "s"), memory, write_every)
        for (start, what), (end, _) in pairwise([(0, "on"), *ends, (len(found), "on")]):
            if what == "closed":
                store.close()
            if what == "crashed":
                crashed(store)
            if what != "on":
                store = RocksStore(Path(folder, "s"), memory, write_every)
                fold_into(store, found[store.offset : start], start)
            add(sums, *fold_into(store, found[start:end], end))
        store.close()
    assert sums == totals(found)


def fold_into(store: RocksStore, found: list[Interaction], end: int) -> tuple[Batch, Facts]:
    """One batch as a lane does it."""
    batch = stamped(found)
    facts = fold(batch.steps, store.load(step[0] for step in batch.steps), LIMITS)
    store.save(facts.changed, end)
    return batch, facts


def test_records_that_will_never_come_are_skipped_for_good_at_once(tmp_path: Path) -> None:
    store = RocksStore(tmp_path / "s")
    store.skip(7)
    Checkpoint(store._db).create_checkpoint(str(tmp_path / "killed"))
    store.close()
    again = RocksStore(tmp_path / "killed")
    assert again.offset == 7
    again.close()
