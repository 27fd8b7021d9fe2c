"""Replayed letters: the mark on their records, and the rows that move what the letter counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.codec.batch import decode_batch
from streams.codec.replay import (
    MAX_ITEMS,
    LetterPlace,
    Replay,
    decode_replay,
    encode_replay,
    letter_place,
)
from streams.codec.replayed import replay_rows
from streams.codec.rows import receipt_rows
from streams.domain.campaign import Campaigns, Policy
from streams.domain.fold import fold
from streams.domain.interaction import MAX_AT_MS
from streams.domain.stamp import Stamper
from tests.builders import LIMITS, T0, interaction, record
from tests.unit.codec.columns import PLACE, plain, table

LETTER = LetterPlace("rejections", 0, 17)
REPLAY = Replay(LETTER, 0, 2, "", T0 - 5)
HEADERS = encode_replay(REPLAY)
replays = st.builds(
    lambda letter, items, *counted: Replay(letter, *items, *counted),
    st.builds(
        LetterPlace,
        st.sampled_from(["interactions", "rejections"]),
        st.integers(0, 2**16 - 1),
        st.integers(0, 2**63 - 1),
    ),
    st.lists(st.integers(0, MAX_ITEMS), min_size=2, max_size=2, unique=True).map(sorted),
    st.text(max_size=64).filter(lambda it: it.isprintable()),
    st.integers(1, MAX_AT_MS),
)


@given(replays)
def test_a_mark_comes_back_from_its_headers(replay: Replay) -> None:
    assert decode_replay(encode_replay(replay)) == replay


@given(st.lists(st.tuples(st.sampled_from([name for name, _ in HEADERS]), st.binary())))
def test_any_headers_are_a_mark_or_none(headers: list[tuple[str, bytes]]) -> None:
    found = decode_replay(headers)
    assert found is None or decode_replay(encode_replay(found)) == found


def test_a_mark_that_does_not_say_which_item_of_how_many_is_none() -> None:
    for wrong in ("0", "0:0", "2:2", f"0:{MAX_ITEMS + 1}", "-1:2", "0:", ":2", "0:1:2"):
        mark = ("replay_of", f"{LETTER.id}:{wrong}".encode())
        assert decode_replay([mark, *HEADERS[1:]]) is None


def test_a_letters_id_is_its_place() -> None:
    assert LETTER.id == "rejections:0:17"
    assert letter_place("rejections:0:17") == LETTER
    for wrong in ("", "rejections", "rejections:0", "a:b:c", ":0:1", "rejections:0:1:2"):
        assert letter_place(wrong) is None


def test_a_replayed_letter_is_an_event_and_no_second_receipt() -> None:
    first = record(interaction("e1"), 0)
    again = first._replace(offset=1, headers=HEADERS)
    batch = decode_batch([again, first], Stamper(Campaigns(Policy())))
    facts = fold(batch.steps, {}, LIMITS)

    assert facts.accepted == [0]
    receipts = plain(receipt_rows(batch, facts.duplicates))[1]
    assert (receipts["received"], receipts["duplicates"]) == ([1], [1])
    rows = replay_rows(batch, facts.duplicates, PLACE)
    assert rows.columns.keys() == table("replays")
    assert plain(rows)[1] == {
        "tenant": ["acme"],
        "received_at": [T0],
        "duplicate": [False],
        "letter_topic": ["rejections"],
        "letter_partition": [0],
        "letter_offset": [17],
        "item": [0],
        "items": [2],
        "letter_tenant": [""],
        "letter_received_at": [T0 - 5],
        "partition": [3],
        "offset": [1],
        "epoch": [2],
    }


def test_a_letter_replayed_twice_is_a_duplicate_the_second_time_and_received_neither_time() -> None:
    once = record(interaction("e1"), 0)._replace(headers=HEADERS)
    batch = decode_batch([once, once._replace(offset=1)], Stamper(Campaigns(Policy())))
    facts = fold(batch.steps, {}, LIMITS)

    assert plain(replay_rows(batch, facts.duplicates, PLACE))[1]["duplicate"] == [False, True]
    assert receipt_rows(batch, facts.duplicates).rows == 0


def test_a_replayed_letter_that_can_still_not_be_read_is_dropped() -> None:
    broken = record(interaction("e1"), 0)._replace(value=b"{", headers=HEADERS)
    batch = decode_batch([broken], Stamper(Campaigns(Policy())))

    assert (batch.letters, batch.interactions, list(batch.replays)) == ([], [], [])
    assert replay_rows(batch, (), PLACE).rows == 0
    counts = plain(receipt_rows(batch, ()))[1]
    assert (counts["received"], counts["dropped"]) == ([1], [1])
