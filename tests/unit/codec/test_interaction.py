"""Interaction codec: what is accepted, and what each refusal says."""

import pytest

from streams.codec.interaction import MAX_RECORD_BYTES, decode, encode
from streams.domain.interaction import Interaction
from streams.domain.outcome import Accepted, DeadLetter, FailureReason, Outcome
from tests.builders import interaction

KEY = b"acme/v"
WHOLE = (
    b'{"event_id":"e","tenant":"acme","visitor":"v","stage":"visit","kind":"page_view",'
    b'"occurred_at":1764000000000,"received_at":1764000000001,"source":"web"%b}'
)


def record(more: bytes = b"") -> bytes:
    """A good record with further members before its end."""
    return WHOLE % more


def refusal(outcome: Outcome) -> tuple[FailureReason, str]:
    assert isinstance(outcome, DeadLetter)
    return outcome.reason, outcome.detail


def test_a_good_record_is_its_interaction() -> None:
    expected = interaction("e", campaign="", occurred_at=1764000000000, received_at=1764000000001)

    assert decode(KEY, record()) == Accepted(expected)
    assert decode(KEY, record()) == Accepted(expected)  # its names are remembered now


def test_a_dead_letter_keeps_the_bytes_as_they_came() -> None:
    assert decode(KEY, b" nope ") == DeadLetter(
        FailureReason.BAD_JSON,
        "expected a JSON object, found  nope : JSON is malformed: invalid character (byte 5)",
        b" nope ",
    )


@pytest.mark.parametrize("value", [None, b""])
def test_nothing_is_empty(value: bytes | None) -> None:
    assert refusal(decode(KEY, value)) == (
        FailureReason.EMPTY,
        "expected a JSON object, found nothing",
    )


def test_a_record_beyond_the_limit_is_too_large() -> None:
    value = record(b',"x":"%b"' % (b"a" * MAX_RECORD_BYTES))

    assert refusal(decode(KEY, value)) == (
        FailureReason.TOO_LARGE,
        f"expected at most {MAX_RECORD_BYTES} bytes, found {len(value)}",
    )


@pytest.mark.parametrize("more", [b',"page":"\xff"', b',"unknown":"\xff"'])
def test_invalid_utf_8_is_refused_in_known_and_unknown_fields(more: bytes) -> None:
    assert refusal(decode(KEY, record(more))) == (
        FailureReason.BAD_ENCODING,
        "expected UTF-8, found byte 0xff (invalid start byte)",
    )


@pytest.mark.parametrize("value", [b"nope", record(b',"x":NaN'), record() + b"}", record()[:-1]])
def test_what_is_no_json_is_refused(value: bytes) -> None:
    assert refusal(decode(KEY, value))[0] is FailureReason.BAD_JSON


def test_a_record_nested_beyond_reading_is_refused() -> None:
    value = record(b',"x":' + b"[" * 20_000 + b"]" * 20_000)

    assert refusal(decode(KEY, value)) == (
        FailureReason.BAD_JSON,
        "expected a flat JSON object, found one nested too deep to read",
    )


@pytest.mark.parametrize(
    ("more", "path"),
    [
        (b',"page":"a\\u0000"', "page"),
        (b',"channel":{"source":"\\u0000"}', "channel.source"),
        (b',"properties":{"a\\u0000":1}', "properties name"),
        (b',"unknown":{"list":["x","\\u0000"]}', "unknown.list[1]"),
    ],
)
def test_a_nul_character_is_refused_wherever_it_is(more: bytes, path: str) -> None:
    assert refusal(decode(KEY, record(more))) == (
        FailureReason.BAD_FIELD,
        f"{path}: expected a string without NUL, found \\u0000",
    )


def test_an_escaped_backslash_before_u0000_is_no_nul_character() -> None:
    outcome = decode(KEY, record(b',"page":"\\\\u0000"'))

    assert isinstance(outcome, Accepted)
    assert outcome.interaction.page == "\\u0000"


@pytest.mark.parametrize("name", ["page view", "-view", "a\n", "Ünion", "a/b"])
def test_a_kind_that_is_no_name_is_refused(name: str) -> None:
    value = encode(interaction("e", kind=name))
    reason, detail = refusal(decode(KEY, value))

    assert reason is FailureReason.BAD_FIELD
    assert detail.startswith("kind: expected a string of 1 to 64 characters matching ^[A-Za-z0-9]")


def test_a_record_under_another_visitors_key_is_refused() -> None:
    assert refusal(decode(b"acme/w", record())) == (
        FailureReason.BAD_KEY,
        "key: expected acme/v, found acme/w",
    )
    assert refusal(decode(None, record())) == (
        FailureReason.BAD_KEY,
        "key: expected acme/v, found none",
    )


def test_names_are_forgotten_before_they_fill_the_memory() -> None:
    for number in range(10_000):
        found = interaction("e", kind=f"kind{number}")
        assert decode(KEY, encode(found)) == Accepted(found)

    assert decode(KEY, record()) == decode(KEY, record())


def test_extra_fields_are_written_but_never_over_our_own() -> None:
    found = interaction("e")

    value = encode(found, {"experiment": "b", "visitor": "somebody else"})

    assert decode(KEY, value) == Accepted(found)
    assert b'"experiment":"b"' in value
    assert isinstance(found, Interaction)
