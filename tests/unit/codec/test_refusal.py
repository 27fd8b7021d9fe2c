"""Refusals: field, expectation and finding, for every kind of field."""

import msgspec
import pytest

from streams.codec.refusal import DETAIL_MAX_CHARS, excerpt, explain
from streams.domain.campaign import Campaign
from streams.domain.interaction import Interaction

GOOD = {
    "event_id": "e",
    "tenant": "acme",
    "visitor": "v",
    "stage": "visit",
    "kind": "k",
    "occurred_at": 1,
    "received_at": 2,
    "source": "web",
}


def explained(given: object, struct: type = Interaction) -> str:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(given, struct)
    return explain(caught.value, given, struct)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"visitor": 7}, "visitor: expected a string of 1 to 64 characters, found 7"),
        ({"visitor": ""}, 'visitor: expected a string of 1 to 64 characters, found ""'),
        (
            {"stage": "like"},
            'stage: expected one of visit, talk, act, passive, pushback, send, found "like"',
        ),
        (
            {"proof": "rumour"},
            'proof: expected one of "", self, staff, scanned, provider, found "rumour"',
        ),
        (
            {"occurred_at": 1.5},
            "occurred_at: expected an integer of 1 to 4102444800000, found 1.5",
        ),
        (
            {"sent_at": "x"},
            'sent_at: expected an integer of 1 to 4102444800000 or null, found "x"',
        ),
        (
            {"currency": "eur"},
            "currency: expected a string of at most 3 characters matching ^([A-Z]{3})?$,"
            ' found "eur"',
        ),
        ({"channel": 7}, "channel: expected an object, found 7"),
        (
            {"channel": {"source": 7}},
            "channel.source: expected a string of at most 256 characters, found 7",
        ),
        (
            {"identifiers": ["a", ""]},
            'identifiers[1]: expected a string of 1 to 64 characters, found ""',
        ),
        ({"identifiers": 7}, "identifiers: expected an array of at most 16 items, found 7"),
        (
            {"properties": {"a": [1]}},
            "properties: expected a string or an integer or a number or true or false or null,"
            ' found {"a":[1]}',
        ),
        ({"properties": 7}, "properties: expected an object of at most 50 entries, found 7"),
    ],
)
def test_a_refusal_says_field_expectation_and_finding(given: dict[str, object], text: str) -> None:
    assert explained(GOOD | given) == text


def test_a_missing_field_is_found_to_be_nothing() -> None:
    given = {name: value for name, value in GOOD.items() if name != "visitor"}

    assert explained(given) == "visitor: expected a string of 1 to 64 characters, found nothing"


def test_an_array_in_an_objects_place_has_no_field() -> None:
    assert explained([1]) == "expected an object, found [1]"


def test_a_field_that_is_not_allowed_is_named() -> None:
    goal = {"kind": "donation", "target": 1, "deadline": 2}
    given = {"tenant": "a", "campaign": "c", "started_at": 1, "goal": goal, "budget": 9}

    assert explained(given, Campaign) == "budget: expected any value, found 9"


def test_json_bytes_are_explained_as_their_value() -> None:
    raw = msgspec.json.encode(GOOD | {"visitor": 7})
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(raw, type=Interaction)

    assert explain(caught.value, raw, Interaction).endswith("characters, found 7")


def test_a_refusal_is_never_longer_than_its_column() -> None:
    assert len(explained(GOOD | {"stage": "x" * 10_000})) <= DETAIL_MAX_CHARS


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (b"a\r\nb", "a\\r\\nb"),
        ("\x1b[31m", '"\\u001b[31m"'),
        ("é", '"\\xe9"'),
        (b"\xff", "\\ufffd"),
        ({"a": None}, '{"a":null}'),
        ("x" * 100, '"' + "x" * 59 + "..."),
    ],
)
def test_an_excerpt_is_one_short_printable_line(found: object, text: str) -> None:
    assert excerpt(found) == text
