"""`stepthree demo --once`: the whole way over HTTP, a worker killed on it; equal, or told."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from streams import clock
from streams.demo.play import DAYS, define_campaigns, send_past, wait_until, write_keys
from streams.demo.sendings import BROKEN_MARK, Sending
from streams.demo.simulator import Simulator
from streams.demo.verdict import expected_of_log, judge
from streams.embedded.stack import Stack
from streams.eventlog.campaigns import newest, read_campaigns
from streams.eventlog.settle import settle
from streams.settings import Settings
from streams.warehouse.client import connect
from tests.oracle.compare import compare
from tests.running import processes_of

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("broker_jars")]

ROOT = Path(__file__).parents[2]
SETTLE_S = 60


def once(home: Path, events: int, *options: str) -> subprocess.CompletedProcess[str]:
    arguments = ("demo", "--once", "--events", str(events), "--home", str(home), *options)
    others = {name: it for name, it in os.environ.items() if not name.startswith("STEPTHREE_")}
    return subprocess.run(
        [sys.executable, "-m", "streams", *arguments],
        cwd=ROOT,
        env=others,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_a_killed_worker_changes_no_number_and_a_wrong_row_is_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = once(home, 2_000, "--kill-worker", "--seed", "7")
    assert first.returncode == 0, first.stdout + first.stderr
    assert re.search(r"killed \(-9\) with [1-9][\d,]* records not yet settled", first.stdout)
    assert "received 2,000 = accepted " in first.stdout
    assert "missing 0" in first.stdout
    assert "equal: events, sessions, journeys" in first.stdout
    assert list(processes_of(home)) == []

    with Stack(home, workers=0, collector=False, console=False) as stack:
        client = connect(stack.settings)
        client.execute(
            "INSERT INTO journeys (tenant, campaign, visitor_key, received_at, sign)"
            " VALUES ('demo', 'clean-river', 7, now64(3), 1)"
        )
        client.disconnect()

    second = once(home, 50, "--seed", "8")
    assert second.returncode == 1, second.stdout + second.stderr
    assert "not equal: 1 differences" in second.stdout
    assert "journeys: expected 0, found 1 of (tenant=demo, campaign=clean-river," in second.stdout
    assert list(processes_of(home)) == []


@pytest.fixture(scope="module")
def sent() -> list[Sending]:
    """Some past and some present, the same every time but for the moment."""
    simulator = Simulator(3, clock.now_ms())
    past = simulator.history(DAYS, 1_200)
    return [*past, *islice(simulator.live(50, clock.now_ms()), 300)]


@pytest.fixture(scope="module")
def settings(
    broker_jars: None, tmp_path_factory: pytest.TempPathFactory, sent: list[Sending]
) -> Iterator[Settings]:
    """A stack with two workers that has all of it."""
    home = tmp_path_factory.mktemp("demo")
    keys = write_keys(Settings(), home)
    with Stack(home, workers=2, console=False) as stack:
        wait_until(define_campaigns(stack.settings, clock.now_ms()) + 200)
        send_past(stack, keys, sent, lambda events: None)
        settle(stack.settings, SETTLE_S)
        yield stack.settings


def test_two_workers_agree_with_the_reference(settings: Settings) -> None:
    verdict = judge(settings)
    assert verdict.different == ()
    assert verdict.conservation.missing == 0
    assert verdict.funnels == verdict.expected.funnels
    assert {it.campaign for it in verdict.funnels} == {
        "bike-lanes",
        "clean-river",
        "winter-shelter",
    }


def test_what_was_sent_is_what_is_there(settings: Settings, sent: list[Sending]) -> None:
    whole = [it.fields["event_id"] for it in sent if not _is_broken(it)]
    found = judge(settings).expected
    assert sorted(it.event_id for it in found.events) == sorted(set(whole))
    assert len(found.duplicates) == len(whole) - len(set(whole))
    assert len(found.dead_letters) == len(sent) - len(whole)


def test_tables_and_sql_over_the_events_agree_with_the_reference(settings: Settings) -> None:
    definitions = [msgspec.to_builtins(it) for it in read_campaigns(settings)]
    client = connect(settings)
    assert compare(expected_of_log(settings), client, definitions) == []
    client.disconnect()


def test_the_definitions_are_in_the_tables_too(settings: Settings) -> None:
    client = connect(settings)
    found = client.execute(
        "SELECT tenant, campaign, title, goal_kind, goal_target FROM campaigns FINAL"
        " ORDER BY campaign"
    )
    client.disconnect()
    wanted = [
        (it.tenant, it.campaign, it.title, it.goal.kind, it.goal.target)
        for it in newest(read_campaigns(settings))
    ]
    assert found == wanted


def test_the_log_must_hold_as_much_as_was_sent(settings: Settings, sent: list[Sending]) -> None:
    too_many = len(sent) + 1
    told = f"log: expected {too_many} records, found {len(sent)}"
    assert judge(settings, sent=too_many).different == (told,)


def _is_broken(it: Sending) -> bool:
    return it.fields["event_id"].endswith(BROKEN_MARK)
