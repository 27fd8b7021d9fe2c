"""Journeys by value and by limit: what acts are worth, and what is kept of very many touches."""

from __future__ import annotations

import pytest

from streams.domain.fold import Limits
from tests.builders import T0, campaign
from tests.unit.domain.standing import Journey, journey, touch


def test_acts_are_worth_their_value_in_the_currency_of_the_campaign() -> None:
    found = [
        touch("act", 0, value_minor=500, currency="EUR"),
        touch("act", 1, value_minor=70, currency="USD"),
        touch("act", 2, value_minor=-100, currency="EUR"),
        touch("talk", 3, value_minor=9, currency="EUR"),
    ]
    assert journey(found, [campaign(currency="EUR")]).value_minor == 400


def test_without_a_currency_of_the_campaign_no_value_is_summed() -> None:
    found = [touch("act", 0, value_minor=500, currency="EUR"), touch("act", 1, value_minor=5)]
    assert journey(found).value_minor == 0
    assert journey(found, [campaign()]).value_minor == 0


@pytest.mark.parametrize("sign", [1, -1])
def test_a_value_stops_at_what_the_table_can_hold(sign: int) -> None:
    found = [touch("act", at, value_minor=sign * 10**15, currency="EUR") for at in range(9_224)]
    assert journey(found, [campaign(currency="EUR")]).value_minor == sign * (2**63 - 1)


def test_the_stage_map_decides_which_kind_is_which_stage() -> None:
    mapped = campaign(stages={"pledge": "talk", "like": "visit"})
    found = [touch("passive", 0, kind="like"), touch("act", 1, kind="pledge")]
    assert journey(found, [mapped]) == Journey(
        visit_at=T0, talk_at=T0 + 1, first_visit_at=T0, first_talk_at=T0 + 1
    )


@pytest.mark.parametrize("stage", ["visit", "talk", "act", "pushback"])
def test_beyond_its_limit_a_journey_keeps_the_earliest_touches_and_says_so(stage: str) -> None:
    found = [touch(stage, at) for at in (3, 1, 2)]
    standing = journey(found, limits=Limits(touches=2))
    assert standing.capped == 1
    assert journey(found, limits=Limits(touches=3)).capped == 0
    assert standing == journey(found)._replace(capped=1)


def test_acts_and_value_are_counted_beyond_the_limit() -> None:
    found = [touch("act", at, value_minor=5, currency="EUR") for at in range(4)]
    standing = journey(found, [campaign(currency="EUR")], Limits(touches=2))
    assert standing == Journey(first_act_at=T0, acts=4, value_minor=20, capped=1)


def test_pushbacks_are_counted_beyond_the_limit() -> None:
    found = [touch("pushback", at) for at in range(4)]
    assert journey(found, limits=Limits(touches=2)) == Journey(
        first_pushback_at=T0, pushbacks=4, capped=1
    )


def test_an_act_beyond_the_limit_is_no_longer_a_step() -> None:
    early = [touch("act", 0), touch("act", 1)]
    found = [*early, touch("visit", 2), touch("talk", 3), touch("act", 4)]
    assert journey(found, limits=Limits(touches=2)) == Journey(
        visit_at=T0 + 2,
        talk_at=T0 + 3,
        first_visit_at=T0 + 2,
        first_talk_at=T0 + 3,
        first_act_at=T0,
        acts=3,
        capped=1,
    )


def test_further_visits_beyond_the_limit_change_a_capped_journey_no_more() -> None:
    found = [touch("visit", at) for at in range(6)]
    limits = Limits(touches=2)
    assert journey(found, limits=limits) == journey(found[:3], limits=limits)
