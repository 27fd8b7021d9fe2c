"""The worker on real parts: whatever happens to it, the tables hold what the log leads to."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from streams.demo.reference import Record
from streams.embedded.stack import Stack
from streams.eventlog.campaigns import publish_campaigns
from streams.eventlog.group import members
from streams.eventlog.reading import read_topic
from streams.settings import Settings
from streams.topics import INTERACTIONS
from streams.warehouse.client import connect
from tests.builders import HOUR, MINUTE, campaign, full_interaction, interaction, record
from tests.integration.live import (
    committed,
    differences_once_settled,
    publish,
    running_worker,
)
from tests.oracle.random_log import random_log
from tests.processes import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

SMALL_BATCHES = Settings(batch_rows=100, worker_session_s=6.0)
FIELDS = """
    campaign, visitor, event_id, toString(stage), kind, toUnixTimestamp64Milli(derived_at),
    toUnixTimestamp64Milli(occurred_at), toUnixTimestamp64Milli(sent_at),
    toUnixTimestamp64Milli(received_at), sequence, source, origin, channel_source, channel_medium,
    channel_campaign, channel_term, channel_content, click_id, page, referrer, share_token,
    issued_token, identifiers, value_minor, currency, proof, consent, signals, properties, clamped,
    in_session, visitor_key = xxHash64('full/v')
"""
POISON = (b"", b"{", b"\xff\xfe", b'{"event_id":"e1"}', b"[" * 60_000, b"null")


@pytest.fixture(scope="module")
def stack(broker_jars: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Broker, engine and tables for workers that are killed; every test starts its own."""
    home = tmp_path_factory.mktemp("worker")
    with Stack(home, workers=0, collector=False, console=False, base=SMALL_BATCHES) as running:
        yield running
        running.check()


def rows(settings: Settings, query: str, **parameters: object) -> list[tuple[object, ...]]:
    """The answer of the live tables."""
    client = connect(settings)
    try:
        return client.execute(query, parameters)
    finally:
        client.disconnect()


def test_what_was_published_stands_in_the_tables_as_the_reference_says(stack: Stack) -> None:
    with running_worker(stack):
        publish(stack.settings, random_log(seed=11, size=4_000), "plain")
        assert differences_once_settled(stack.settings) == ()
    assert rows(stack.settings, "SELECT count() > 3000 FROM events WHERE tenant = 'plain'") == [
        (1,)
    ]


def test_a_worker_that_is_killed_three_times_midway_loses_and_doubles_nothing(
    stack: Stack,
) -> None:
    """Each of them would cut batches of its own, but for the plan that the one before left."""
    random, settings = Random(12), stack.settings
    before = committed(settings)
    publish(settings, random_log(seed=12, size=4_500), "killed")
    for third, batch_rows in enumerate((60, 80, 50)):
        enough = before + 1_300 * third + random.randrange(100, 1_100)
        with running_worker(stack, batch_rows=batch_rows):
            wait_until(lambda: committed(settings) >= enough, 30)  # noqa: B023 - asked at once
            stack.kill("worker-0")
    assert committed(settings) < before + 4_500
    with running_worker(stack, batch_rows=90):
        assert differences_once_settled(settings) == ()


def test_of_two_workers_that_share_the_partitions_one_can_be_stopped(stack: Stack) -> None:
    settings = stack.settings
    before = committed(settings)
    with running_worker(stack, 0), running_worker(stack, 1):
        wait_until(lambda: len([it for it in members(settings) if it.partitions]) == 2)
        publish(settings, random_log(seed=13, size=6_000), "shared")
        wait_until(lambda: committed(settings) > before)
        stack.stop("worker-1")
        assert differences_once_settled(settings) == ()


def test_poison_becomes_dead_letters_with_place_and_bytes_and_the_worker_lives(
    stack: Stack,
) -> None:
    settings = stack.settings
    found = [
        Record(0, number, b"poison/v", POISON[number // 50 % len(POISON)], 0)
        if number % 50 == 0
        else fine(number)
        for number in range(1_000)
    ]
    with running_worker(stack) as worker:
        publish(settings, found, "poison")
        assert differences_once_settled(settings) == ()
        assert worker.exit_code is None
    expected = [
        (each.partition, each.offset, each.value)
        for each in read_topic(settings, INTERACTIONS)
        if each.key == b"poison/v"
    ]
    assert len(expected) == 20
    assert dead_letters(settings, "poison") == sorted(expected)


def test_a_definition_decides_about_what_is_received_once_it_is_in_force(stack: Stack) -> None:
    settings = stack.settings
    own = campaign(
        tenant="defined",
        sessions="per-campaign",
        gap_minutes=5,
        currency="EUR",
        stages={"pledge": "talk"},
    )
    (version,) = publish_campaigns(settings, [own])
    start = version.effective_from
    touches = [
        ("visit", "page_view", start - HOUR),
        ("act", "pledge", start - 1),
        ("visit", "page_view", start),
        ("act", "pledge", start + 5 * MINUTE),
        ("act", "donation", start + 10 * MINUTE + 1),
    ]
    with running_worker(stack):
        known = "SELECT count() FROM campaigns WHERE tenant = 'defined'"
        wait_until(lambda: rows(settings, known) == [(1,)])
        publish(
            settings,
            [
                as_record(
                    interaction(
                        f"e{number}",
                        stage,
                        kind=kind,
                        at=at,
                        value_minor=250,
                        currency="EUR",
                    )
                )
                for number, (stage, kind, at) in enumerate(touches)
            ],
            "defined",
        )
        assert differences_once_settled(settings) == ()
    stages = "SELECT toString(stage) FROM events WHERE tenant = 'defined' ORDER BY received_at"
    assert [stage for (stage,) in rows(settings, stages)] == [
        "visit",
        "act",
        "visit",
        "talk",
        "act",
    ]
    sessions = (
        "SELECT campaign, interactions, sum(sign) FROM sessions WHERE tenant = 'defined' "
        "GROUP BY campaign, started_at, interactions HAVING sum(sign) > 0 ORDER BY started_at"
    )
    assert rows(settings, sessions) == [("", 1, 1), ("", 1, 1), ("c", 2, 1), ("c", 1, 1)]
    journeys = (
        "SELECT toString(reached), value_minor FROM journeys WHERE tenant = 'defined' "
        "GROUP BY reached, value_minor, acts HAVING sum(sign) > 0"
    )
    assert rows(settings, journeys) == [("act", 250)]


def test_every_field_of_an_interaction_comes_back_from_the_table(stack: Stack) -> None:
    found = full_interaction(tenant="full")
    with running_worker(stack):
        publish(stack.settings, [as_record(found)], "full")
        assert differences_once_settled(stack.settings) == ()
    (event,) = rows(stack.settings, f"SELECT {FIELDS} FROM events WHERE tenant = 'full'")
    channel = found.channel
    assert event == (
        *(found.campaign, found.visitor, found.event_id, "act", found.kind, found.occurred_at),
        *(found.occurred_at, found.sent_at, found.received_at, found.sequence, found.source),
        *(channel.source, channel.source, channel.medium, channel.campaign, channel.term),
        *(channel.content, channel.click_id, found.page, found.referrer, found.share_token),
        *(found.issued_token, list(found.identifiers), found.value_minor, found.currency),
        *("staff", "granted", list(found.signals), '{"a":1,"b":"ü","c":null}', 0, 1, 1),
    )


def fine(number: int) -> Record:
    """An interaction among poison."""
    return as_record(interaction(f"e{number}", visitor=f"w{number % 7}"))


def as_record(found: object) -> Record:
    """An interaction's record for the log."""
    made = record(found)
    return Record(0, 0, made.key, made.value, made.timestamp)


def dead_letters(settings: Settings, tenant: str) -> list[tuple[object, ...]]:
    """Partition, offset and bytes of a tenant's dead letters from the log."""
    client = connect(settings)
    try:
        found = client.execute(
            "SELECT partition, offset, original FROM dead_letters "
            "WHERE tenant = {tenant:String} AND topic = 'interactions' ORDER BY partition, offset",
            {"tenant": tenant},
            settings={"strings_as_bytes": True},
        )
    finally:
        client.disconnect()
    return found
