"""Folds of a lane: from records to inserts, one fold with state and one without."""

from __future__ import annotations

from pathlib import Path

from streams.codec.batch import Letter
from streams.codec.rejections import encode_rejection
from streams.codec.rows import Place, origin_rows
from streams.domain.campaign import Campaigns, Policy
from streams.domain.keys import name_key
from streams.domain.outcome import DeadLetter, FailureReason
from streams.domain.stamp import Stamper
from streams.worker.folds import Folded, InteractionFold, RejectionFold
from streams.worker.store import RocksStore
from tests.builders import LIMITS, T0, LogRecord, interaction, record

PLACE = Place("interactions", 0, 1)
LETTER = Letter("acme", T0, "pixel", 0, DeadLetter(FailureReason.BAD_JSON, "why", b"{"))


def rows(folded: Folded) -> dict[str, int]:
    """How many rows each insert has."""
    return {insert.table: insert.rows for insert in folded.inserts}


def test_interactions_become_rows_of_every_table_in_one_order(tmp_path: Path) -> None:
    store = RocksStore(tmp_path / "s")
    fold = InteractionFold(store, Stamper(Campaigns(Policy())), LIMITS, PLACE)
    first = record(interaction("e1"), 0)
    folded = fold.fold([first, first._replace(offset=1), LogRecord(b"acme/v", b"{", 2)])
    assert list(rows(folded).items()) == [
        ("events", 1),
        ("origins", 1),
        ("sessions", 1),
        ("journeys", 1),
        ("dead_letters", 1),
        ("receipts", 1),
        ("replays", 0),
    ]
    assert folded.changed.keys() == {name_key(b"acme/v")}
    assert fold.offset == 0
    fold.save(folded.changed, 3)
    assert fold.offset == store.offset == 3
    fold.close()


def test_what_was_folded_is_known_to_the_next_fold_though_not_saved(tmp_path: Path) -> None:
    fold = InteractionFold(RocksStore(tmp_path / "s"), Stamper(Campaigns(Policy())), LIMITS, PLACE)
    fold.fold([record(interaction("e1"), 0)])
    again = fold.fold([record(interaction("e1"), 1)])
    assert rows(again) == {
        "events": 0,
        "origins": 0,
        "sessions": 0,
        "journeys": 0,
        "dead_letters": 0,
        "receipts": 1,
        "replays": 0,
    }
    assert again.changed == {}
    fold.close()


def test_an_origin_is_named_when_it_is_first_met_under_a_token_of_its_own(tmp_path: Path) -> None:
    fold = InteractionFold(RocksStore(tmp_path / "s"), Stamper(Campaigns(Policy())), LIMITS, PLACE)
    came = [interaction(f"e{n}", channel={"source": name}) for n, name in enumerate("abba")]
    first, second, third = (
        next(i for i in fold.fold([record(each, n)]).inserts if i.table == "origins")
        for n, each in enumerate(came[:3])
    )
    assert first.columns == {
        "tenant": ("acme",),
        "origin": ("a",),
        "origin_key": (name_key(b"a"),),
    }
    assert second.columns["origin"] == ("b",)
    assert third.rows == 0
    assert len({first.token, second.token}) == 2
    fold.close()


def test_the_same_origins_have_the_same_token_in_any_batch() -> None:
    pair = ("acme", "a", name_key(b"a")), ("acme", "b", name_key(b"b"))
    assert origin_rows(pair) == origin_rows(reversed(pair))


def test_rejections_become_dead_letters_and_receipts_and_change_no_visitor() -> None:
    fold = RejectionFold(Place("rejections", 0, 1), committed=7)
    value, headers = encode_rejection(LETTER)
    folded = fold.fold([LogRecord(None, value, 7, T0, headers)])
    assert rows(folded) == {"dead_letters": 1, "receipts": 1}
    assert folded.inserts[0].columns["topic"] == ["rejections"]
    assert folded.inserts[0].columns["offset"] == [7]
    assert folded.changed == {}


def test_rejections_need_no_catching_up() -> None:
    fold = RejectionFold(Place("rejections", 0, 1), committed=7)
    assert fold.offset == 7
    fold.save({}, 9)
    assert fold.offset == 9
    fold.close()
