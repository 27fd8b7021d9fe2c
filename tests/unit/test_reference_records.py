"""The reference on records: what is an interaction and what is a dead letter."""

import json

import pytest

from streams.demo.reference import DeadLetter, Record, Replay, reference
from tests.oracle.builders import T0, raw, record


def test_a_record_is_the_interaction_in_it() -> None:
    found = reference([record(json.dumps(raw(event_id="x")).encode())])
    assert [it.event_id for it in found.events] == ["x"]
    assert found.dead_letters == ()


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        json.dumps(raw(visitor=7)).encode(),
        json.dumps(raw(occurred_at=1.5)).encode(),
        json.dumps(raw(occurred_at=True)).encode(),
        json.dumps(raw(occurred_at=0)).encode(),
        json.dumps(raw() | {"stage": "look"}).encode(),
        json.dumps(raw(kind="a b")).encode(),
        json.dumps(raw(page="a\0b")).encode(),
        json.dumps(raw(value_minor=float("nan"))).encode(),
        json.dumps(raw(surprise=["a\0b"])).encode(),
        json.dumps(raw(surprise="a" * 70_000)).encode(),
        json.dumps({"event_id": "x"}).encode(),
    ],
)
def test_a_record_that_is_no_interaction_is_a_dead_letter(value: bytes | None) -> None:
    found = reference([record(b"")._replace(value=value, offset=3)])
    assert found.dead_letters == (DeadLetter("acme", "interactions", 0, 3, T0),)
    assert found.events == ()


def test_an_interaction_under_anothers_key_is_a_dead_letter() -> None:
    found = reference([record(json.dumps(raw()).encode(), key=b"acme/v2")])
    assert len(found.dead_letters) == 1


def test_a_rejection_is_a_dead_letter_of_the_tenant_in_its_header() -> None:
    headers = (("tenant", b"other"), ("received_at", b"12"), ("reason", b"bad_json"))
    found = reference([record(b"{", topic="rejections", key=None, headers=headers)])
    assert found.dead_letters == (DeadLetter("other", "rejections", 0, 0, 12),)


def test_duplicates_are_told_by_offset_and_not_by_order_of_reading() -> None:
    early, late = raw(at=T0, event_id="x"), raw(at=T0 + 1, event_id="x")
    records = [record(json.dumps(it).encode(), offset=n) for n, it in enumerate((early, late))]
    found = reference(records[::-1])
    assert [it.derived_at for it in found.events] == [T0]


def test_a_replayed_letter_is_an_event_and_stays_where_it_was_refused() -> None:
    mark = (
        ("replay_of", b"rejections:0:3:0:1"),
        ("letter_tenant", b""),
        ("letter_received_at", b"12"),
    )
    sent = raw("visit", event_id="e1")
    value, key = json.dumps(sent).encode(), b"acme/v1"
    log = [
        Record(0, 0, key, value, T0, headers=mark),
        Record(0, 1, key, value, T0, headers=mark),
        Record(0, 2, key, b"{", T0, headers=mark),
    ]

    found = reference(log)

    first = Replay("acme", T0, False, "rejections", 0, 3, 0, 1, "", 12, 0, 0)
    assert found.replays == (first, first._replace(duplicate=True, offset=1))
    assert (len(found.events), found.duplicates, found.dead_letters) == (1, (), ())
    assert found.dropped == (DeadLetter("acme", "interactions", 0, 2, T0),)


def test_a_letter_stands_until_all_of_its_items_are_interactions() -> None:
    rejected = record(b"[", topic="rejections", key=None, offset=3)

    def item(offset: int, item: int, items: int) -> Record:
        mark = (
            ("replay_of", b"rejections:0:3:%d:%d" % (item, items)),
            ("letter_tenant", b"acme"),
            ("letter_received_at", b"12"),
        )
        return record(json.dumps(raw()).encode(), offset=offset, headers=mark)

    part = [rejected, item(0, 0, 2), item(1, 0, 2), item(2, 1, 3)]
    found = reference(part)
    assert found.standing == found.dead_letters != ()
    assert reference([*part, item(3, 1, 2)]).standing == ()
