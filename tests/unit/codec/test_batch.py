"""Batches: records of the topic, decoded and stamped, the undecodable ones apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.batch import Batch, Letter, decode_batch
from streams.domain.campaign import Campaigns, Policy
from streams.domain.keys import name_key
from streams.domain.outcome import DeadLetter, FailureReason
from streams.domain.stamp import Stamper
from tests.builders import T0, LogRecord, campaign, interaction, record


def decoded(*found: LogRecord) -> Batch:
    """The batch of these records, while campaign c has a utm name."""
    named = campaign(utm_campaigns=["spring"])
    return decode_batch(found, Stamper(Campaigns(Policy(), [named])))


def broken(offset: int, key: bytes | None = b"acme/v", value: bytes | None = b"{") -> LogRecord:
    """A record that is no interaction."""
    return LogRecord(key, value, offset, T0 + offset)


def test_an_interaction_goes_with_its_offset_campaign_origin_and_step() -> None:
    found = interaction("e1", campaign="", channel={"source": "mail", "campaign": "spring"})
    batch = decoded(record(found, 41))
    assert batch[:4] == ([found], [41], ["c"], ["mail"])
    assert [step[:3] for step in batch.steps] == [
        (name_key(b"acme/v"), name_key(b"e1").to_bytes(8, "big"), name_key(b"c"))
    ]
    assert batch.letters == []


def test_offsets_stay_right_with_dead_letters_between() -> None:
    first, second, third = (interaction(f"e{number}") for number in (1, 2, 3))
    batch = decoded(
        broken(10), record(first, 11), record(second, 12), broken(13), broken(14), record(third, 15)
    )
    assert batch.interactions == [first, second, third]
    assert batch.offsets == [11, 12, 15]
    assert [letter.offset for letter in batch.letters] == [10, 13, 14]
    assert {len(column) for column in batch[:5]} == {3}


def test_a_dead_letter_keeps_its_bytes_and_is_of_the_tenant_that_its_key_names() -> None:
    (letter,) = decoded(broken(13)).letters
    assert letter == Letter(
        tenant="acme",
        received_at=T0 + 13,
        source="log",
        offset=13,
        dead=DeadLetter(FailureReason.BAD_JSON, letter.dead.detail, b"{"),
    )
    assert letter.dead.detail.startswith("expected a JSON object, found {")


@pytest.mark.parametrize(
    ("key", "tenant"),
    [
        (None, ""),
        (b"", ""),
        (b"no slash", "no slash"),
        (b"a/b/c", "a"),
        (b"\xff/v", "\ufffd"),
        (b"x" * 70 + b"/v", "x" * 64),
    ],
)
def test_a_key_of_any_kind_names_a_tenant_or_none(key: bytes | None, tenant: str) -> None:
    (letter,) = decoded(broken(0, key)).letters
    assert letter.tenant == tenant


def test_a_record_under_another_visitors_key_is_a_dead_letter() -> None:
    found = record(interaction("e1", visitor="w"), 3)._replace(key=b"acme/v")
    batch = decoded(found)
    assert batch.interactions == []
    assert [letter.dead.reason for letter in batch.letters] == [FailureReason.BAD_KEY]


def test_a_record_without_a_value_is_a_dead_letter_without_bytes() -> None:
    (letter,) = decoded(broken(0, value=None)).letters
    assert letter.dead == DeadLetter(
        FailureReason.EMPTY, "expected a JSON object, found nothing", b""
    )


@given(st.lists(st.booleans(), max_size=20))
def test_every_record_is_an_interaction_or_a_letter_in_its_order(fine: list[bool]) -> None:
    found = [
        record(interaction(f"e{offset}"), offset) if is_fine else broken(offset)
        for offset, is_fine in enumerate(fine)
    ]
    batch = decoded(*found)
    assert batch.offsets == [offset for offset, is_fine in enumerate(fine) if is_fine]
    assert [letter.offset for letter in batch.letters] == [
        offset for offset, is_fine in enumerate(fine) if not is_fine
    ]


@given(st.none() | st.binary(), st.none() | st.binary())
def test_any_key_and_any_bytes_are_an_outcome(key: bytes | None, value: bytes | None) -> None:
    batch = decoded(LogRecord(key, value))
    assert len(batch.interactions) + len(batch.letters) == 1
