"""Rejections: what was refused before the log, as records and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.batch import Batch, Letter
from streams.codec.rejections import decode_rejections, encode_rejection
from streams.domain.interaction import MAX_AT_MS
from streams.domain.outcome import DeadLetter, FailureReason
from tests.builders import T0, LogRecord

LETTER = Letter(
    tenant="acme",
    received_at=T0,
    source="pixel",
    offset=7,
    dead=DeadLetter(FailureReason.BAD_JSON, "expected an object, found [", b"[\xff\x00"),
)
HEADERS = {
    "tenant": b"acme",
    "source": b"pixel",
    "reason": b"bad_json",
    "detail": b"expected an object, found [",
    "received_at": b"%d" % T0,
}


def read(value: bytes | None, headers: dict[str, Any], offset: int = 7) -> Letter:
    """The letter of one record, appended two seconds after T0."""
    found = LogRecord(None, value, offset, T0 + 2_000, list(headers.items()))
    (letter,) = decode_rejections([found]).letters
    return letter


def test_the_value_is_the_bytes_as_they_came_and_the_rest_is_headers() -> None:
    assert encode_rejection(LETTER) == (b"[\xff\x00", list(HEADERS.items()))


def test_a_record_is_read_as_a_dead_letter_with_its_offset() -> None:
    assert read(b"[\xff\x00", HEADERS) == LETTER


def test_a_batch_of_rejections_holds_letters_only() -> None:
    records = [LogRecord(None, b"[\xff\x00", at, T0, list(HEADERS.items())) for at in (7, 8)]
    assert decode_rejections(records) == Batch(
        [], [], [], [], [], [LETTER, LETTER._replace(offset=8)]
    )


def test_what_is_not_told_has_a_default_and_the_time_of_appending() -> None:
    assert read(None, {}) == Letter(
        tenant="",
        received_at=T0 + 2_000,
        source="",
        offset=7,
        dead=DeadLetter(FailureReason.UNREADABLE_LINE, "", b""),
    )


def test_a_reason_that_is_not_known_is_an_unreadable_line() -> None:
    letter = read(b"", HEADERS | {"reason": b"because"})
    assert letter.dead.reason is FailureReason.UNREADABLE_LINE


@pytest.mark.parametrize(
    "received_at",
    [b"", b"soon", b"-5", b"1.5", b"0", b"%d" % (MAX_AT_MS + 1), b"9" * 30, b"9" * 5_000, None],
)
def test_a_time_that_cannot_be_is_the_time_of_appending(received_at: bytes | None) -> None:
    assert read(b"", HEADERS | {"received_at": received_at}).received_at == T0 + 2_000


@pytest.mark.parametrize("received_at", [1, MAX_AT_MS])
def test_a_time_at_the_limits_is_taken(received_at: int) -> None:
    letter = read(b"", HEADERS | {"received_at": b"%d" % received_at})
    assert letter.received_at == received_at


def test_a_header_that_is_not_utf8_is_read_with_replacements() -> None:
    assert read(b"", HEADERS | {"source": b"a\xffb"}).source == "a\ufffdb"


def test_a_header_without_a_value_is_empty() -> None:
    assert read(b"", HEADERS | {"tenant": None}).tenant == ""


def test_a_long_detail_is_cut() -> None:
    long = LETTER._replace(dead=LETTER.dead._replace(detail="x" * 501))
    _, headers = encode_rejection(long)
    assert dict(headers)["detail"] == b"x" * 500


names = st.text(max_size=64)
letters = st.builds(
    Letter,
    tenant=names,
    received_at=st.integers(1, MAX_AT_MS),
    source=names,
    offset=st.just(7),
    dead=st.builds(DeadLetter, st.sampled_from(FailureReason), names, st.binary()),
)


@given(letters)
def test_a_letter_comes_back_as_it_was_sent(letter: Letter) -> None:
    value, headers = encode_rejection(letter)
    assert read(value, dict(headers)) == letter


@given(
    value=st.none() | st.binary(),
    headers=st.dictionaries(st.sampled_from(sorted(HEADERS)), st.none() | st.binary()),
)
def test_any_bytes_and_any_headers_are_a_dead_letter(
    value: bytes | None, headers: dict[str, bytes | None]
) -> None:
    letter = read(value, headers)
    assert letter.dead.original == (value or b"")
    assert 1 <= letter.received_at <= MAX_AT_MS
