"""The laws of the fold where definitions of campaigns have a say."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from streams.demo.reference import expected_facts
from streams.domain.campaign import Campaign
from streams.domain.interaction import Interaction
from tests.builders import DAY, HOUR, MINUTE, T0, interaction
from tests.property.strategies import HOURS, definitions
from tests.property.sums import totals


@st.composite
def interactions_under(draw: st.DrawFn) -> list[Interaction]:
    """Interactions that definitions can mean something for."""
    return [
        interaction(
            f"e{number}",
            draw(st.sampled_from(("visit", "talk", "act", "passive"))),
            kind=draw(st.sampled_from(("page_view", "pledge", "like"))),
            campaign=draw(st.sampled_from(("c", "d", ""))),
            channel={"campaign": draw(st.sampled_from(("", "u", "w")))},
            source=draw(st.sampled_from(("load", "web"))),
            occurred_at=T0 - draw(st.sampled_from((0, 1, DAY, 2 * DAY, 20 * MINUTE, HOUR))),
            received_at=draw(st.sampled_from(HOURS)),
            value_minor=7,
            currency=draw(st.sampled_from(("EUR", "USD"))),
        )
        for number in range(draw(st.integers(0, 12)))
    ]


@given(interactions_under(), st.lists(definitions(), max_size=5), st.data())
def test_facts_sum_to_what_brute_force_finds_under_any_definitions(
    found: list[Interaction], versions: list[Campaign], data: st.DataObject
) -> None:
    raw_versions = [plain(version) for version in versions]
    expected = expected_facts([plain(each) for each in found], raw_versions)
    cuts = data.draw(st.lists(st.integers(0, len(found)), max_size=2))
    _, sessions, journeys = totals(found, cuts, versions=versions)
    assert sorted(sessions) == sorted(
        (s.visitor, s.campaign, s.started_at, s.ended_at, s.interactions, False)
        for s in expected.sessions
    )
    assert sorted(row[:5] + row[5:8] + row[12:13] + row[14:15] for row in journeys) == sorted(
        (
            *(j.visitor, j.campaign, j.visit_at, j.talk_at, j.act_at, j.first_visit_at),
            *(j.first_talk_at, j.first_act_at, j.acts, j.value_minor),
        )
        for j in expected.journeys
    )


def plain(found: msgspec.Struct) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(found)
    return fields
