"""Source: a state is of use only to the group, database and topic that it was made of."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from obstore.store import MemoryStore
from rocksdict import Options, Rdict

from streams.eventlog.identity import known_as, remember
from streams.settings import Settings
from streams.worker.source import Source, source_of
from streams.worker.store import SOURCE
from streams.worker.stores import stores_of
from tests.unit.worker.partition import PLACE, Worker, known, state_at

OWN = Source("g", "d", "t1")
OTHERS = [Source("g2", "d", "t1"), Source("g", "d2", "t1"), Source("g", "d", "t2")]


@pytest.mark.parametrize("unknown", [OWN, Source("g", "d")])
def test_a_topic_whose_id_is_not_known_may_be_the_same(unknown: Source) -> None:
    assert not OWN.is_other(unknown)
    assert not unknown.is_other(OWN)


@pytest.mark.parametrize("other", OTHERS)
def test_files_of_another_source_are_built_anew(
    tmp_path: Path, other: Source, caplog: pytest.LogCaptureFixture
) -> None:
    Worker(tmp_path, source=OWN).run(5)
    store = Worker(tmp_path, source=other).open(5)
    assert (store.offset, known(store)) == (0, {})
    store.close()
    assert "built anew: expected Source(" in caplog.text


def test_files_of_the_same_source_are_kept(tmp_path: Path) -> None:
    Worker(tmp_path, source=OWN).run(5)
    store = Worker(tmp_path, source=OWN).open(5)
    assert (store.offset, known(store)) == (5, state_at(5))
    store.close()


@pytest.mark.parametrize("other", OTHERS)
def test_a_checkpoint_of_another_source_is_refused(
    tmp_path: Path, other: Source, caplog: pytest.LogCaptureFixture
) -> None:
    archive = MemoryStore()
    Worker(tmp_path / "a", archive, OWN).run(10, 20)
    store = Worker(tmp_path / "b", archive, other).open(committed=40)
    assert store.offset == 0
    store.close()
    assert "checkpoint refused: " in caplog.text


def test_the_source_has_the_id_that_the_guard_kept(tmp_path: Path) -> None:
    settings = Settings(worker_store=tmp_path)
    group, database = settings.kafka_group, settings.clickhouse_database
    assert source_of(settings, "interactions") == Source(group, database, "")
    remember(tmp_path, known_as(settings, {"interactions": "t1"}))
    assert source_of(settings, "interactions") == Source(group, database, "t1")
    other = Settings(worker_store=tmp_path, kafka_group="second")
    assert source_of(other, "interactions") == Source("second", database, "")


def test_the_stores_of_a_worker_name_group_database_and_topic(tmp_path: Path) -> None:
    settings = Settings(worker_store=tmp_path, kafka_group="g", clickhouse_database="d")
    remember(tmp_path, known_as(settings, {PLACE.topic: "t1"}))
    stores_of(settings).open(PLACE, 0).close()
    store = Rdict(str(tmp_path / "interactions-3"), Options(raw_mode=True))
    assert msgspec.json.decode(store.get(SOURCE), type=Source) == OWN
    store.close()
