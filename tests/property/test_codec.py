"""Laws of the codec: bytes in, an outcome out; what is written is what is read."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streams.codec.interaction import decode, encode
from streams.codec.sent import Desk, Reader, Written
from streams.domain.interaction import MAX_AT_MS, Interaction, Proof, Stage, record_key
from streams.domain.outcome import Accepted, DeadLetter
from tests.builders import T0, interaction

DESK = Desk("acme", "web", is_public=True, received_at=T0)
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=64)
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,20}", fullmatch=True)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | TEXT
    | st.floats(allow_nan=False).filter(lambda number: abs(number) < 1e300)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(Interaction.__struct_fields__)


@st.composite
def interactions(draw: st.DrawFn) -> Interaction:
    """Interactions of every stage, with texts of every script."""
    return interaction(
        draw(TEXT.filter(bool)),
        draw(st.sampled_from(Stage)).value,
        visitor=draw(TEXT.filter(bool)),
        tenant=draw(NAMES),
        kind=draw(NAMES),
        occurred_at=draw(st.integers(1, MAX_AT_MS)),
        sent_at=draw(st.none() | st.integers(1, MAX_AT_MS)),
        received_at=draw(st.integers(1, MAX_AT_MS)),
        channel={"source": draw(TEXT), "medium": draw(TEXT)},
        page=draw(TEXT),
        identifiers=draw(st.lists(TEXT.filter(bool), max_size=3)),
        value_minor=draw(st.integers(-(10**15), 10**15)),
        proof=draw(st.sampled_from(Proof)).value,
        properties=draw(st.dictionaries(TEXT.filter(bool), SCALARS, max_size=3)),
    )


@given(interactions())
def test_what_is_encoded_decodes_as_itself(found: Interaction) -> None:
    assert decode(record_key(found.tenant, found.visitor), encode(found)) == Accepted(found)


@given(st.none() | st.binary(max_size=40), st.none() | st.binary(max_size=200))
def test_any_bytes_decode_to_an_outcome(key: bytes | None, value: bytes | None) -> None:
    outcome = decode(key, value)

    assert isinstance(outcome, DeadLetter)
    assert outcome.original == (value or b"")
    assert 0 < len(outcome.detail) <= 500


@given(interactions(), st.integers(0, 400), st.binary(min_size=1, max_size=3))
def test_a_damaged_record_decodes_to_an_outcome(found: Interaction, at: int, damage: bytes) -> None:
    value = encode(found)
    damaged = value[: at % len(value)] + damage + value[at % len(value) + 1 :]

    assert isinstance(
        decode(record_key(found.tenant, found.visitor), damaged), Accepted | DeadLetter
    )


@given(st.dictionaries(FIELDS | st.text(), JSON, max_size=8) | JSON)
def test_any_json_is_a_record_that_decodes_or_a_refusal_that_keeps_it(sent: Any) -> None:
    raw = json.dumps(sent).encode()
    outcome = Reader(DESK, lambda: "new").read(raw)

    if isinstance(outcome, Written):
        decoded = decode(*outcome)
        assert isinstance(decoded, Accepted)
        found = decoded.interaction
        assert (found.tenant, found.received_at, found.source) == ("acme", T0, "web")
    else:
        assert outcome.original == raw


@given(
    st.fixed_dictionaries(
        {"visitor": TEXT.filter(bool), "kind": NAMES, "stage": st.sampled_from(Stage)},
        optional={"page": TEXT, "tenant": JSON, "received_at": JSON, "source": JSON, "x": JSON},
    )
)
def test_nothing_a_sender_says_moves_an_interaction_to_another_tenant(sent: Any) -> None:
    outcome = Reader(DESK, lambda: "new").read(json.dumps(sent).encode())

    if isinstance(outcome, Written):
        decoded = decode(*outcome)
        assert isinstance(decoded, Accepted)
        assert decoded.interaction.tenant == "acme"
        assert decoded.interaction.visitor == sent["visitor"]


@given(st.binary(max_size=300))
def test_any_bytes_of_a_sender_are_a_record_or_a_refusal(raw: bytes) -> None:
    assert isinstance(Reader(DESK, lambda: "new").read(raw), Written | DeadLetter)
