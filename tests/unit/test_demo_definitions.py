"""The demo's campaigns and its people belong together."""

from streams.demo.cast import PARTS
from streams.demo.definitions import DAY_MS, DAYS_LEFT, TENANT, demo_campaigns

NOW = 1_795_575_600_000


def test_every_part_plays_in_a_campaign_whose_goal_is_its_act() -> None:
    goals = {it.campaign: it.goal.kind for it in demo_campaigns(NOW, 30)}
    assert goals == {part.campaign: part.act for part in PARTS}


def test_every_utm_name_resolves_to_its_campaign() -> None:
    named = {it.campaign: it.utm_campaigns for it in demo_campaigns(NOW, 30)}
    assert all(part.utm in named[part.campaign] for part in PARTS)


def test_gifts_are_in_the_campaigns_currency() -> None:
    currencies = {it.campaign: it.currency for it in demo_campaigns(NOW, 30)}
    assert all(currencies[part.campaign] == ("EUR" if part.gift else "") for part in PARTS)


def test_campaigns_began_before_the_history_and_are_not_over() -> None:
    for campaign in demo_campaigns(NOW, 30):
        assert campaign.tenant == TENANT
        assert NOW - 31 * DAY_MS < campaign.started_at <= NOW - 30 * DAY_MS
        assert NOW < campaign.goal.deadline <= NOW + DAYS_LEFT * DAY_MS
