"""Campaigns: which version of a definition counts, and which campaign a utm name means."""

from __future__ import annotations

import msgspec
import pytest

from streams.domain.campaign import Campaign, Campaigns, Policy, policy_of
from streams.domain.interaction import Stage
from streams.domain.stages import DEFAULT_STAGES
from tests.builders import DAY, MINUTE, T0, campaign, interaction
from tests.unit.domain.standing import Journey, Session, journey, journeys, sessions

DEFAULT = Policy(talk_window_ms=7)


def windowed(talk_days: int, effective_from: int = 1, **given: object) -> Campaign:
    """A version told apart by its talk window."""
    return campaign(windows={"talk_days": talk_days}, effective_from=effective_from, **given)


def test_a_policy_is_the_part_of_a_definition_that_decides() -> None:
    full = campaign(
        windows={"talk_days": 2, "act_days": 3},
        sessions="per-campaign",
        gap_minutes=4,
        currency="EUR",
        stages={"pledge": "talk"},
    )
    assert policy_of(full) == Policy(
        talk_window_ms=2 * DAY,
        act_window_ms=3 * DAY,
        own_gap_ms=4 * MINUTE,
        currency="EUR",
        stages={"pledge": Stage.TALK},
    )


def test_a_campaign_that_shares_sessions_has_no_gap_of_its_own() -> None:
    assert policy_of(campaign(gap_minutes=4)) == Policy()


def test_a_campaign_without_a_goal_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="missing required field `goal`"):
        msgspec.convert({"tenant": "acme", "campaign": "c", "started_at": T0}, Campaign)


def test_a_definition_without_a_time_of_effect_comes_back_as_it_was_written() -> None:
    written = msgspec.structs.replace(campaign(), effective_from=0)
    assert msgspec.json.decode(msgspec.json.encode(written), type=Campaign) == written


@pytest.mark.parametrize(("target", "fits"), [(10**15, True), (10**15 + 1, False), (0, False)])
def test_a_target_is_at_most_what_the_table_can_hold(target: int, fits: bool) -> None:
    goal = {"kind": "donation", "target": target, "deadline": T0}
    if fits:
        assert campaign(goal=goal).goal.target == target
        return
    with pytest.raises(msgspec.ValidationError):
        campaign(goal=goal)


def test_a_campaign_that_is_not_defined_has_the_default_policy() -> None:
    campaigns = Campaigns(DEFAULT, [windowed(1)])
    assert campaigns.ruling("acme", "d", T0)[0] is DEFAULT
    assert campaigns.ruling("zoo", "c", T0)[0] is DEFAULT


@pytest.mark.parametrize(("received", "talk_days"), [(T0 - 1, 1), (T0, 2), (T0 + 1, 2)])
def test_a_version_counts_from_its_effective_time_on(received: int, talk_days: int) -> None:
    campaigns = Campaigns(DEFAULT, [windowed(1), windowed(2, T0)])
    assert campaigns.ruling("acme", "c", received)[0].talk_window_ms == talk_days * DAY


def test_before_its_first_version_a_campaign_has_the_default_policy() -> None:
    assert Campaigns(DEFAULT, [windowed(1, T0)]).ruling("acme", "c", T0 - 1)[0] is DEFAULT


def test_of_two_versions_in_force_the_one_published_last_counts() -> None:
    campaigns = Campaigns(DEFAULT, [windowed(1, T0 + 5), windowed(2, T0)])
    assert campaigns.ruling("acme", "c", T0 + 9)[0].talk_window_ms == 2 * DAY


def test_a_version_added_later_counts_at_once() -> None:
    campaigns = Campaigns(DEFAULT)
    campaigns.add(windowed(1))
    assert campaigns.ruling("acme", "c", T0)[0].talk_window_ms == DAY


@pytest.mark.parametrize(
    ("tenant", "utm", "received", "expected"),
    [
        ("acme", "spring", T0, "c"),
        ("acme", "spring-2", T0, "c"),
        ("acme", "spring", T0 - 1, ""),
        ("acme", "autumn", T0, ""),
        ("zoo", "spring", T0, ""),
    ],
)
def test_a_utm_campaign_means_the_campaign_that_names_it(
    tenant: str, utm: str, received: int, expected: str
) -> None:
    campaigns = Campaigns(
        DEFAULT, [campaign(utm_campaigns=["spring", "spring-2"], effective_from=T0)]
    )
    assert campaigns.resolve(tenant, utm, received) == expected


def test_of_two_campaigns_that_name_one_utm_the_one_published_last_has_it() -> None:
    first = campaign(campaign="c", utm_campaigns=["spring"])
    second = campaign(campaign="d", utm_campaigns=["spring"], effective_from=T0)
    campaigns = Campaigns(DEFAULT, [first, second])
    assert campaigns.resolve("acme", "spring", T0 - 1) == "c"
    assert campaigns.resolve("acme", "spring", T0) == "d"


def test_an_interaction_without_a_campaign_belongs_to_that_of_its_utm() -> None:
    named = campaign(utm_campaigns=["spring"])
    found = interaction("e1", campaign="", channel={"source": "direct", "campaign": "spring"})
    assert journey([found], [named]) == Journey(visit_at=T0, first_visit_at=T0)


def test_a_campaign_that_is_told_counts_more_than_a_utm() -> None:
    named = campaign(campaign="d", utm_campaigns=["spring"])
    found = interaction("e1", campaign="c", channel={"campaign": "spring"})
    assert journeys([found], [named]).keys() == {"c"}


def test_a_utm_that_no_campaign_names_belongs_to_none() -> None:
    found = interaction("e1", campaign="", channel={"campaign": "spring"})
    assert journeys([found]) == {}
    assert sessions([found]) == [Session(T0, T0, 1)]


def test_what_was_received_before_a_version_keeps_the_stage_of_the_one_before() -> None:
    later = campaign(stages={"page_view": "talk"}, effective_from=T0 + 1)
    found = [interaction("e1"), interaction("e2", at=T0 + 1)]
    assert journey(found, [later]) == Journey(
        visit_at=T0, talk_at=T0 + 1, first_visit_at=T0, first_talk_at=T0 + 1
    )


@pytest.mark.parametrize(
    ("kind", "stage"),
    [
        ("page_view", Stage.VISIT),
        ("comment", Stage.TALK),
        ("donation", Stage.ACT),
        ("like", Stage.PASSIVE),
        ("unsubscribe", Stage.PUSHBACK),
        ("mail", Stage.SEND),
    ],
)
def test_a_kind_has_a_stage_where_nobody_says_another(kind: str, stage: Stage) -> None:
    assert DEFAULT_STAGES[kind] is stage


def test_a_like_is_never_talk_and_an_opened_mail_is_nothing() -> None:
    talks = {kind for kind, stage in DEFAULT_STAGES.items() if stage is Stage.TALK}
    assert talks.isdisjoint({"like", "follow", "favourite"})
    assert "email_open" not in DEFAULT_STAGES


def test_a_further_visit_under_other_windows_is_judged_by_them() -> None:
    stages = (("visit", 0), ("talk", 3), ("visit", 6))
    found = [
        interaction(f"{at}", stage, occurred_at=T0 + at * DAY, received_at=T0 + at * DAY)
        for stage, at in stages
    ]
    narrower = windowed(1, effective_from=T0 + 5 * DAY)
    assert journey(found[:2], [windowed(30), narrower]).talk_at == T0 + 3 * DAY
    assert journey(found, [windowed(30), narrower]).talk_at == 0
    assert journey(found, [windowed(30)]).talk_at == T0 + 3 * DAY
