"""Sent: what a sender may leave out, and what it cannot say."""

import itertools
import json
from typing import Any

import msgspec
import pytest

from streams.codec.interaction import decode
from streams.codec.sent import MAX_EVENT_BYTES, Desk, Reader, Written, content_id
from streams.domain.interaction import Interaction
from streams.domain.outcome import Accepted, DeadLetter, FailureReason
from streams.domain.stages import DEFAULT_STAGES
from tests.builders import T0, interaction

PUBLIC = Desk("acme", "web", is_public=True, received_at=T0 + 5)
SECRET = Desk("acme", "server", is_public=False, received_at=T0 + 5)
NUMBERS = itertools.count(1)
WHOLE = {
    "event_id": "e",
    "campaign": "c",
    "visitor": "v",
    "stage": "visit",
    "kind": "page_view",
    "occurred_at": T0,
}


def reader(desk: Desk) -> Reader:
    """A reader whose new ids count on."""
    return Reader(desk, lambda: f"new-{next(NUMBERS)}")


def sent(given: dict[str, Any], desk: Desk = PUBLIC) -> Interaction:
    """The interaction that a sender's object becomes."""
    written = reader(desk).read(json.dumps(given).encode())
    assert isinstance(written, Written), written
    outcome = decode(*written)
    assert isinstance(outcome, Accepted)
    return outcome.interaction


def refused(given: object, desk: Desk = PUBLIC) -> str:
    raw = given if isinstance(given, bytes) else json.dumps(given).encode()
    dead = reader(desk).read(raw)
    assert isinstance(dead, DeadLetter)
    assert dead.original == raw
    return f"{dead.reason}: {dead.detail}"


def without(name: str) -> dict[str, Any]:
    return {field: value for field, value in WHOLE.items() if field != name}


def test_a_whole_interaction_gets_tenant_receipt_and_source() -> None:
    assert sent(WHOLE) == interaction("e", received_at=T0 + 5)


def test_the_plain_form_and_the_careful_way_give_the_same_interaction() -> None:
    assert sent(WHOLE) == sent({**WHOLE, "not_ours": {"deep": [1]}})


def test_unknown_fields_are_kept_in_the_record() -> None:
    written = reader(PUBLIC).read(msgspec.json.encode({**WHOLE, "experiment": {"arm": "b"}}))

    assert isinstance(written, Written)
    assert json.loads(written.value)["experiment"] == {"arm": "b"}


@pytest.mark.parametrize("name", ["tenant", "ten\\u0061nt"])
def test_a_tenant_in_the_payload_is_ignored(name: str) -> None:
    raw = b'{"visitor":"v","kind":"comment","%b":"evil"}' % name.encode()
    written = reader(PUBLIC).read(raw)

    assert isinstance(written, Written)
    assert written.key == b"acme/v"
    assert json.loads(written.value)["tenant"] == "acme"
    assert b"evil" not in written.value


def test_received_at_is_the_servers() -> None:
    assert sent({**WHOLE, "received_at": 1}).received_at == T0 + 5


def test_a_public_key_cannot_name_its_source() -> None:
    assert sent({**WHOLE, "source": "load"}).source == "web"


def test_a_secret_key_may_name_its_source() -> None:
    assert sent({**WHOLE, "source": "crm"}, SECRET).source == "crm"
    assert sent({**WHOLE, "source": "crm"}, SECRET).source == "crm"  # now a known name
    assert sent(WHOLE, SECRET).source == "server"


def test_without_a_time_it_happened_when_it_was_received() -> None:
    assert sent(without("occurred_at")).occurred_at == T0 + 5


CAREFUL = {"not_ours": 1}  # a field of the sender's own: read with care instead of as it is


@pytest.mark.parametrize("more", [{}, CAREFUL])
@pytest.mark.parametrize("told", [{"occurred_at": T0}, {"sequence": 7}, {"sequence": 0}])
def test_without_an_id_a_time_or_sequence_makes_the_same_bytes_the_same_interaction(
    told: dict[str, Any], more: dict[str, Any]
) -> None:
    given = {"visitor": "v1", "kind": "donation", **told, **more}

    assert sent(given).event_id == sent(given).event_id == content_id(json.dumps(given).encode())
    assert sent(given).event_id != sent({**given, "value_minor": 500}).event_id


@pytest.mark.parametrize("more", [{}, CAREFUL, {"occurred_at": None}, {"sequence": None}])
def test_without_id_time_and_sequence_the_same_bytes_are_another_interaction(
    more: dict[str, Any],
) -> None:
    given = {"visitor": "v1", "kind": "donation", "value_minor": 500, **more}
    first, second = sent(given).event_id, sent(given).event_id

    assert first.startswith("new-")
    assert second.startswith("new-")
    assert first != second


@pytest.mark.parametrize(("kind", "stage"), sorted(DEFAULT_STAGES.items()))
def test_a_kind_of_ours_needs_no_stage(kind: str, stage: str) -> None:
    assert sent({"visitor": "v", "kind": kind}).stage == stage


def test_a_stage_that_is_said_counts_more_than_the_kinds_own() -> None:
    assert sent({"visitor": "v", "kind": "share", "stage": "act"}).stage == "act"


def test_a_kind_of_the_senders_own_needs_a_stage() -> None:
    assert sent({"visitor": "v", "kind": "pledge", "stage": "act"}).kind == "pledge"
    assert refused({"visitor": "v", "kind": "pledge"}) == (
        "bad_field: stage: expected one of visit, talk, act, passive, pushback, send, found nothing"
    )


def test_null_is_the_same_as_nothing_said() -> None:
    given = {**WHOLE, "event_id": None, "stage": None, "occurred_at": None, "page": None}

    found = sent(given)

    assert (found.stage, found.occurred_at, found.page) == ("visit", T0 + 5, "")


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("2025-11-24T16:00:00Z", T0),
        ("2025-11-24T17:00:00.250+01:00", T0 + 250),
        (str(T0), T0),
    ],
)
def test_times_may_be_rfc_3339(text: str, at_ms: int) -> None:
    found = sent({**WHOLE, "occurred_at": text, "sent_at": text})

    assert (found.occurred_at, found.sent_at) == (at_ms, at_ms)


@pytest.mark.parametrize("text", ["yesterday", "2025-11-24T16:00:00", "", "9" * 17])
def test_a_time_without_zone_or_sense_is_refused(text: str) -> None:
    assert refused({**WHOLE, "occurred_at": text}).startswith(
        "bad_field: occurred_at: expected milliseconds since 1970 or an RFC 3339 time with its zone"
    )


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"kind": "comment"}, "visitor: expected a string of 1 to 64 characters, found nothing"),
        (
            {**WHOLE, "visitor": 7},
            "visitor: expected a string of 1 to 64 characters, found 7",
        ),
        ({**WHOLE, "x": "\0"}, "x: expected a string without NUL, found \\u0000"),
        ({**WHOLE, "page": "\0"}, "page: expected a string without NUL, found \\u0000"),
        ([WHOLE], 'expected an object, found [{"event_id":"e","campaign":"c"'),
        (7, "expected an object, found 7"),
        (
            {**WHOLE, "x": {str(n): n for n in range(295)}},
            "expected at most 300 keys, found 302",
        ),
    ],
)
def test_what_is_refused_says_why(given: object, text: str) -> None:
    assert refused(given).startswith(f"bad_field: {text}")


def nested(levels: int) -> dict[str, Any]:
    """An interaction of so many levels of nesting."""
    inner: list[Any] = []
    for _ in range(levels - 2):
        inner = [inner]
    return {**WHOLE, "x": inner}


def test_ten_levels_are_read_and_eleven_are_not() -> None:
    assert sent(nested(10)) == sent(WHOLE)
    assert refused(nested(11)) == "bad_field: expected at most 10 levels of nesting, found more"


def test_an_event_of_32_kib_is_read_and_one_byte_more_is_not() -> None:
    size = len(json.dumps({**WHOLE, "x": ""}))

    assert sent({**WHOLE, "x": "a" * (MAX_EVENT_BYTES - size)}) == sent(WHOLE)
    assert refused({**WHOLE, "x": "a" * (MAX_EVENT_BYTES - size + 1)}) == (
        f"{FailureReason.TOO_LARGE}: expected an event of at most 32768 bytes, found 32769"
    )


def test_of_two_members_with_one_name_the_last_counts_in_key_and_value() -> None:
    written = reader(PUBLIC).read(b'{"visitor":"a","visitor":"b","kind":"comment"}')

    assert isinstance(written, Written)
    assert isinstance(decode(*written), Accepted)
    assert written.key == b"acme/b"
