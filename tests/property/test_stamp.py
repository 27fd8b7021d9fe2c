"""The law of stamping: what was remembered of names never says other than looking them up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.domain.campaign import Campaign, Campaigns, Policy
from streams.domain.interaction import Interaction
from streams.domain.stamp import Stamper
from tests.builders import HOUR, T0, interaction
from tests.property.strategies import definitions


@st.composite
def named(draw: st.DrawFn) -> Interaction:
    """An interaction of few names, received at the hours at which versions begin."""
    return interaction(
        "e1",
        kind=draw(st.sampled_from(("like", "pledge"))),
        campaign=draw(st.sampled_from(("c", ""))),
        channel={"campaign": draw(st.sampled_from(("", "u")))},
        received_at=T0 + draw(st.integers(-1, 4)) * HOUR,
        value_minor=7,
        currency="EUR",
    )


@given(
    st.lists(st.one_of(named(), definitions()), min_size=4, max_size=24),
    st.sampled_from((1, 2, 1_000)),
)
def test_a_stamper_that_remembers_says_the_same_as_one_that_knows_nothing_yet(
    log: list[Interaction | Campaign], names_max: int
) -> None:
    campaigns = Campaigns(Policy())
    remembering = Stamper(campaigns, names_max)
    for each in log:
        if isinstance(each, Campaign):
            campaigns.add(each)
        else:
            assert remembering.stamp(each, 7) == Stamper(campaigns).stamp(each, 7)
