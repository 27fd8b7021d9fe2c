"""The simulator: the same for the same seed and moment, and as untidy as real senders are."""

from collections import Counter, defaultdict
from itertools import islice
from statistics import median

import pytest

from streams.demo.cast import DAY_MS, HOUR_MS, PARTS, busyness
from streams.demo.sendings import BROKEN_MARK, Sending, Way
from streams.demo.simulator import Simulator

NOW = 1_795_575_600_000  # a Wednesday in November 2026, 03:00 UTC
EVENTS = 6_000


def past(seed: int = 1, now_ms: int = NOW, events: int = EVENTS) -> list[Sending]:
    return Simulator(seed, now_ms).history(30, events)


@pytest.fixture(scope="module")
def history() -> list[Sending]:
    return past()


@pytest.fixture(scope="module")
def live() -> list[Sending]:
    simulator = Simulator(1, NOW)
    simulator.history(30, EVENTS)
    return list(islice(simulator.live(20, NOW), 4_000))


def test_the_same_seed_and_moment_give_the_same_past_and_the_same_future() -> None:
    one, other = Simulator(1, NOW), Simulator(1, NOW)
    assert one.history(30, 500) == other.history(30, 500)
    assert list(islice(one.live(5, NOW), 200)) == list(islice(other.live(5, NOW), 200))


def test_another_seed_or_moment_gives_other_events() -> None:
    ids = {it.fields["event_id"] for it in past(events=200)}
    assert ids.isdisjoint(it.fields["event_id"] for it in past(seed=2, events=200))
    assert ids.isdisjoint(it.fields["event_id"] for it in past(now_ms=NOW + HOUR_MS, events=200))


@pytest.mark.parametrize("events", [0, 1, 777])
def test_the_past_has_exactly_as_many_events_as_asked_for(events: int) -> None:
    assert len(past(events=events)) == events


def test_the_past_is_in_order_of_arrival_and_ends_now(history: list[Sending]) -> None:
    due = [it.due_ms for it in history]
    assert due == sorted(due)
    assert due[0] >= NOW - 30 * DAY_MS
    assert due[-1] <= NOW


def test_every_way_stage_and_campaign_occurs(history: list[Sending]) -> None:
    assert {it.way for it in history} == set(Way)
    stages = {it.fields["stage"] for it in history}
    assert stages >= {"visit", "talk", "act", "passive", "pushback", "send"}
    named = {it.fields["campaign"] for it in history if "campaign" in it.fields}
    assert named == {part.campaign for part in PARTS}


def test_a_campaign_is_named_or_told_by_its_utm_name(history: list[Sending]) -> None:
    utm = {part.utm for part in PARTS}
    assert all("campaign" in it.fields or it.fields["channel"]["campaign"] in utm for it in history)


def test_some_events_are_sent_twice(history: list[Sending]) -> None:
    sent = Counter(it.fields["event_id"] for it in history)
    assert 0.01 < sum(times > 1 for times in sent.values()) / len(sent) < 0.03


def test_some_events_are_broken(history: list[Sending]) -> None:
    def breakage(it: Sending) -> str:
        if it.broken is not None:
            return "bytes"
        if not it.fields.get("visitor"):
            return "visitor"
        return "stage" if it.fields["stage"] == "look" else ""

    marked = [it for it in history if it.fields["event_id"].endswith(BROKEN_MARK)]
    assert 0.001 < len(marked) / EVENTS < 0.01
    assert marked == [it for it in history if breakage(it)]
    assert {breakage(it) for it in marked} == {"bytes", "visitor", "stage"}


def test_some_events_arrive_late_and_out_of_order(history: list[Sending]) -> None:
    told = [it for it in history if it.occurred_at is not None]
    late = sum(it.due_ms - it.occurred_at + (it.skew_ms or 0) > HOUR_MS for it in told)
    assert 0.01 < late / len(told) < 0.2


def test_some_clocks_are_wrong(history: list[Sending]) -> None:
    skews = {it.fields.get("visitor"): it.skew_ms for it in history if it.skew_ms is not None}
    wrong = sum(abs(skew) > HOUR_MS for skew in skews.values())
    assert 0.02 < wrong / len(skews) < 0.2


def test_browsers_tell_of_the_last_week_only(history: list[Sending]) -> None:
    told = [it for it in history if it.way is Way.BROWSER and it.broken is None]
    assert min(it.occurred_at - it.skew_ms for it in told) > NOW - 7 * DAY_MS


def test_a_pixel_tells_its_time_only_when_that_is_past(
    history: list[Sending], live: list[Sending]
) -> None:
    assert all(it.occurred_at is not None for it in history if it.way is Way.PIXEL)
    assert all(it.occurred_at is None for it in live[-1000:] if it.way is Way.PIXEL)


def test_acts_come_within_minutes_or_days_after_the_talk(history: list[Sending]) -> None:
    times: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for it in history:
        if it.occurred_at and it.fields.get("visitor"):
            times[it.fields["visitor"]][it.fields["stage"]].append(it.occurred_at)
    lags = [
        min(its["act"]) - min(its["talk"]) for its in times.values() if its["talk"] and its["act"]
    ]
    assert HOUR_MS < median(lags) < 6 * DAY_MS
    assert max(lags) > 10 * DAY_MS


def test_who_comes_by_a_friends_token_got_it_from_somebody_else_before(
    history: list[Sending],
) -> None:
    issued = {it.fields["issued_token"]: it for it in history if it.fields.get("issued_token")}
    arrivals = [it for it in history if it.fields.get("share_token") in issued]
    assert len(arrivals) > 50
    for it in arrivals:
        talker = issued[it.fields["share_token"]]
        assert talker.fields.get("visitor") != it.fields.get("visitor")


def test_evenings_are_busier_than_nights() -> None:
    day = NOW // DAY_MS * DAY_MS
    assert busyness(day + 20 * HOUR_MS) > 10 * busyness(day + 3 * HOUR_MS)


def test_live_traffic_has_the_rate_asked_for(live: list[Sending]) -> None:
    due = [it.due_ms for it in live]
    assert due == sorted(due)
    assert len(live) / (due[-1] - NOW) * 1000 == pytest.approx(20, rel=0.1)


def test_live_traffic_brings_back_people_of_the_past() -> None:
    simulator = Simulator(1, NOW)
    known = {it.fields.get("visitor") for it in simulator.history(30, EVENTS)}
    came_back = [
        it for it in islice(simulator.live(20, NOW), 2_000) if it.fields.get("visitor") in known
    ]
    assert {it.fields["stage"] for it in came_back} >= {"visit", "act"}


def test_live_traffic_talks_and_acts(live: list[Sending]) -> None:
    assert {it.fields["stage"] for it in live} >= {"visit", "talk", "act", "passive"}
    assert {it.way for it in live} == set(Way)
