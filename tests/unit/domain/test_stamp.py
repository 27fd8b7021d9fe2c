"""Stamping: what the fold is told of an interaction."""

from __future__ import annotations

from streams.domain.campaign import Campaigns, Policy, policy_of
from streams.domain.journey import ACT, VISIT
from streams.domain.keys import event_key, name_key
from streams.domain.stamp import Stamper
from tests.builders import DAY, T0, campaign, interaction


def stamper(*versions: object) -> Stamper:
    """One that knows these definitions of campaign c."""
    return Stamper(Campaigns(Policy(), versions))


def test_a_step_holds_keys_times_and_the_policy() -> None:
    euro = campaign(currency="EUR")
    found = interaction(
        "e1",
        "act",
        source="server",
        occurred_at=T0 - 5,
        sent_at=T0 - 3,
        received_at=T0,
        value_minor=250,
        currency="EUR",
        channel={"source": "mail"},
    )
    assert stamper(euro).stamp(found, 7) == (
        (
            7,
            event_key(b"e1"),
            name_key(b"c"),
            ACT,
            T0 - 5,
            T0 - 3,
            T0,
            T0 - 365 * DAY,
            False,
            name_key(b"mail"),
            250,
            policy_of(euro),
        ),
        "c",
        "mail",
    )


def test_what_is_not_told_is_zero() -> None:
    found = interaction("e1", campaign="", source="load:map")
    assert stamper().stamp(found, 7) == (
        (
            *(7, event_key(b"e1"), 0, VISIT, T0, 0, T0, 1),
            *(False, name_key(b"direct"), 0, Policy()),
        ),
        "",
        "direct",
    )


def test_a_stamper_that_has_seen_more_names_than_it_remembers_still_knows_them() -> None:
    forgetful = Stamper(Campaigns(Policy()), names_max=2)
    found = [
        interaction(f"e{number}", source=source, channel={"source": name})
        for number in range(2)
        for source in ("web", "server", "load")
        for name in ("mail", "search", "c", "d")
    ]
    assert [forgetful.stamp(each, 7) for each in found] == [
        stamper().stamp(each, 7) for each in found
    ]
