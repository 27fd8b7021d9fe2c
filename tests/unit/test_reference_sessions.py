"""The reference on sessions: each rule as one literal case."""

from typing import Any

import pytest

from streams.demo.reference import Session, expected_facts
from tests.oracle.builders import DAY, HOUR, MINUTE, T0, definition, raw


def sessions(*interactions: dict[str, Any], campaigns: Any = ()) -> tuple[Session, ...]:
    return expected_facts(interactions, campaigns).sessions


def session(start: int, end: int, interactions: int, campaign: str = "") -> Session:
    return Session("acme", campaign, "v1", start, end, interactions)


def test_an_interaction_exactly_at_the_gap_joins_the_session() -> None:
    end = T0 + 30 * MINUTE
    assert sessions(raw(), raw(at=end)) == (session(T0, end, 2),)


def test_an_interaction_a_millisecond_after_the_gap_starts_another() -> None:
    start = T0 + 30 * MINUTE + 1
    assert sessions(raw(), raw(at=start)) == (session(T0, T0, 1), session(start, start, 1))


def test_a_late_interaction_bridges_two_sessions() -> None:
    times = (T0, T0 + 50 * MINUTE, T0 + 25 * MINUTE)
    found = sessions(*(raw(occurred_at=at, received_at=T0 + HOUR) for at in times))
    assert found == (session(T0, T0 + 50 * MINUTE, 3),)


def test_a_session_is_neither_cut_at_midnight_nor_after_a_day() -> None:
    times = [T0 + n * 30 * MINUTE for n in range(60)]
    assert sessions(*(raw(at=at) for at in times)) == (session(T0, times[-1], 60),)


def test_campaigns_share_a_visitors_session() -> None:
    assert sessions(raw(), raw(campaign="bees"), raw(campaign="")) == (session(T0, T0, 3),)


def test_a_campaign_may_ask_for_sessions_of_its_own_with_its_own_gap() -> None:
    own = definition(sessions="per-campaign", gap_minutes=10)
    found = sessions(
        raw(), raw(at=T0 + 11 * MINUTE), raw(at=T0 + 5 * MINUTE, campaign="bees"), campaigns=[own]
    )
    after = T0 + 11 * MINUTE
    assert found == (
        session(T0 + 5 * MINUTE, T0 + 5 * MINUTE, 1),
        session(T0, T0, 1, "river"),
        session(after, after, 1, "river"),
    )


@pytest.mark.parametrize("source", ["server", "webhook:standard", "load"])
def test_a_server_opens_no_session_without_a_page(source: str) -> None:
    assert sessions(raw("act", source=source)) == ()
    assert sessions(raw("act", source=source, page="/thanks")) == (session(T0, T0, 1),)


def test_a_browser_needs_no_page() -> None:
    assert sessions(raw(source="pixel", page="")) == (session(T0, T0, 1),)


def test_a_send_belongs_to_no_session() -> None:
    assert sessions(raw("send", page="/mail")) == ()


def test_visitors_of_two_tenants_with_one_name_stay_apart() -> None:
    found = sessions(raw(), raw(tenant="other"))
    assert found == (session(T0, T0, 1), Session("other", "", "v1", T0, T0, 1))


def test_sessions_follow_the_corrected_time() -> None:
    slow = raw(occurred_at=T0 - DAY, sent_at=T0 - DAY, received_at=T0)
    assert sessions(slow, raw(at=T0 + 10 * MINUTE)) == (session(T0, T0 + 10 * MINUTE, 2),)
