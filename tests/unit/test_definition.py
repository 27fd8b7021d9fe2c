"""Campaign definitions: what people may write, and what they are told when it cannot be."""

from typing import Any

import pytest
import yaml

from streams.codec.definition import DefinitionError, read_definition, write_definition
from streams.demo.definitions import FOLDER
from streams.domain.campaign import Campaign, Goal, SessionScope, Unit, Windows
from streams.domain.interaction import Stage

DEC_24 = 1_798_066_800_000  # 2026-12-24 00:00 in Berlin
DAY = 86_400_000


def definition(**fields: Any) -> bytes:
    goal = {"kind": "signature", "target": 100, "deadline": "2026-12-24"}
    given = {"tenant": "acme", "campaign": "river", "goal": goal, "started_at": "2026-11-01"}
    return yaml.safe_dump(given | {"time_zone": "Europe/Berlin"} | fields).encode()


def goal(**fields: Any) -> dict[str, Any]:
    return {"kind": "signature", "target": 100, "deadline": "2026-12-24"} | fields


def refusal(source: bytes) -> str:
    with pytest.raises(DefinitionError) as caught:
        read_definition(source)
    return str(caught.value)


def test_a_whole_definition_is_the_campaign_it_says() -> None:
    text = b"""
tenant: acme
campaign: river
title: Clean river
goal: {kind: signature, unit: persons, target: 5000, deadline: 2026-12-24}
started_at: 2026-12-24
time_zone: Europe/Berlin
currency: EUR
stages: {pledge: talk}
windows: {talk_days: 14, act_days: 60}
sessions: per-campaign
gap_minutes: 20
utm_campaigns: [river-mail]
"""
    assert read_definition(text) == Campaign(
        tenant="acme",
        campaign="river",
        title="Clean river",
        goal=Goal(kind="signature", unit=Unit.PERSONS, target=5000, deadline=DEC_24 + DAY - 1),
        started_at=DEC_24,
        time_zone="Europe/Berlin",
        currency="EUR",
        stages={"pledge": Stage.TALK},
        windows=Windows(talk_days=14, act_days=60),
        sessions=SessionScope.PER_CAMPAIGN,
        gap_minutes=20,
        utm_campaigns=("river-mail",),
    )


def test_a_deadline_is_the_whole_of_its_day() -> None:
    assert read_definition(definition()).goal.deadline == DEC_24 + DAY - 1


def test_a_start_is_the_beginning_of_its_day() -> None:
    found = read_definition(definition(started_at="2026-12-24", goal=goal(deadline="2027-01-01")))
    assert found.started_at == DEC_24


@pytest.mark.parametrize(
    "written",
    ["2026-12-24 00:00", "2026-12-24T00:00:00+01:00", "2026-12-23T23:00:00Z", DEC_24],
)
def test_a_time_is_in_its_own_zone_or_in_the_campaigns(written: str | int) -> None:
    assert read_definition(definition(goal=goal(deadline=written))).goal.deadline == DEC_24


def test_without_a_time_zone_dates_are_utc() -> None:
    text = b"""
tenant: acme
campaign: river
goal: {kind: signature, target: 1, deadline: 2026-12-23}
started_at: 2026-11-01
"""
    assert read_definition(text).goal.deadline == DEC_24 + 3_600_000 - 1


def test_a_campaign_without_a_goal_is_refused() -> None:
    text = yaml.safe_dump({"tenant": "acme", "campaign": "river", "started_at": 1}).encode()
    assert refusal(text) == "goal: expected an object, found nothing"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (
            definition(goal=goal(target=0)),
            "goal.target: expected an integer of 1 to 1000000000000000, found 0",
        ),
        (definition(goal=goal(unit="people")), "goal.unit: expected one of acts, persons, found "),
        (definition(gaol={}), "gaol: expected"),
        (definition(goal=goal(deadline="soon")), "goal.deadline: expected a date like 2026-12-24"),
        (definition(time_zone="Mars"), "time_zone: expected a time zone like Europe/Berlin"),
        (definition(time_zone=7), "time_zone: expected a time zone like Europe/Berlin"),
        (definition(started_at="2027-01-01"), "goal.deadline: expected a time after started_at"),
        (definition(stages={"signature": "talk"}), "goal.kind: expected a kind that is an act"),
        (definition(stages={"like": "love"}), "expected one of visit, talk, act"),
        (definition(windows={"talk_days": 366}), "windows.talk_days: expected an integer of 1 to"),
        (definition(tenant=True), "tenant: expected a string of 1 to 64 characters"),
        (b"", "expected fields like `goal:`, found null"),
        (b"- 1", "expected fields like `goal:`, found [1]"),
        (b"a: [", "expected one YAML document"),
        (b"a: 2026-13-45", "expected one YAML document"),
        (b"\xff", "expected UTF-8"),
        (b"? [1, 2]\n: 3", "expected one YAML document"),
    ],
)
def test_a_refusal_says_the_field_what_was_expected_and_what_was_found(
    source: bytes, text: str
) -> None:
    assert text in refusal(source)


def test_what_is_written_is_read_as_the_same_campaign() -> None:
    campaign = read_definition(definition(stages={"pledge": "talk"}, currency="EUR", title="Höhe"))
    assert read_definition(write_definition(campaign).encode()) == campaign


def test_the_demos_definitions_can_be_read() -> None:
    files = sorted(FOLDER.glob("*.yaml"))
    names = [read_definition(file.read_bytes()).campaign for file in files]
    assert names == ["bike-lanes", "clean-river", "winter-shelter"]
