"""Versions of campaigns: when each is in force, and which is the newest."""

import msgspec

from streams.domain.campaign import Campaign, Goal, with_notice
from streams.eventlog.campaigns import newest

NOW = 1_795_575_600_000


def campaign(name: str = "river", **changes: object) -> Campaign:
    goal = Goal(kind="signature", target=1, deadline=NOW * 2)
    found = Campaign(tenant="acme", campaign=name, goal=goal, started_at=NOW)
    return msgspec.structs.replace(found, **changes)


def test_a_version_is_in_force_five_seconds_after_it_is_published() -> None:
    assert with_notice(campaign(), NOW).effective_from == NOW + 5_000


def test_a_version_may_ask_for_a_later_time_but_not_for_a_sooner_one() -> None:
    assert with_notice(campaign(effective_from=NOW + 60_000), NOW).effective_from == NOW + 60_000
    assert with_notice(campaign(effective_from=NOW - 60_000), NOW).effective_from == NOW + 5_000


def test_the_last_version_of_each_campaign_is_the_newest() -> None:
    first, second = campaign(title="first"), campaign(title="second")
    other = campaign("bees")
    assert newest([first, other, second]) == (other, second)
