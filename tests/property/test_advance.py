"""The law of silent catch-up: the state after `advance` is the state after `fold`."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.codec.batch import decode_batch, decode_steps
from streams.domain.campaign import Campaigns, Policy
from streams.domain.fold import Limits, advance, fold
from streams.domain.interaction import Interaction
from streams.domain.stamp import Stamper
from streams.domain.visitor import Visitor
from tests.builders import LogRecord, record
from tests.property.strategies import dirty_streams, streams

TIGHT = Limits(ring_bytes=16, touches=3)
JUNK = (LogRecord(b"acme/v", b"{", 0), LogRecord(None, None, 0))


@given(
    st.one_of(streams(), dirty_streams()),
    st.lists(st.sampled_from(JUNK), max_size=2),
    st.sampled_from((Limits(), TIGHT)),
    st.integers(1, 9),
)
def test_a_silent_fold_leaves_the_state_of_a_fold(
    stream: list[Interaction], junk: list[LogRecord], limits: Limits, size: int
) -> None:
    records = [*junk, *(record(each, offset) for offset, each in enumerate(stream))]
    loud, silent = dict[int, Visitor](), dict[int, Visitor]()
    stamper = Stamper(Campaigns(Policy()))
    for begin in range(0, len(records), size):
        batch = records[begin : begin + size]
        changed = fold(decode_batch(batch, stamper).steps, loud, limits).changed
        assert advance(decode_steps(batch, stamper), silent, limits) == changed
    assert silent == loud
