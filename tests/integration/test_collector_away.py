"""The collector without its broker: 503 and Retry-After, never a false 2xx, and back by itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.collector.answers import GIF
from streams.embedded.processes import Supervisor
from streams.embedded.programs import collector
from streams.eventlog.topics import apply_topics
from tests.integration.away import Site
from tests.processes import wait_until
from tests.senders import ask

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("broker_jars")]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Supervisor() as supervisor:
        yield Site(tmp_path, supervisor, spool_mb=0)


def test_with_neither_broker_nor_spool_everything_is_503_till_later(site: Site) -> None:
    site.start_collector()

    posted = site.send()
    seen = ask(site.settings, f"/p.gif?key={site.key}&v=v")

    assert posted.status == 503
    assert posted.detail.startswith("expected the broker's acknowledgement, found: ")
    assert (seen.status, seen.body) == (503, GIF)
    assert {int(reply.headers["retry-after"]) for reply in (posted, seen)} == {5}
    assert site.status("/readyz") == 503
    assert site.status("/healthz") == 200


def test_a_broker_that_goes_and_comes_loses_nothing_that_was_acknowledged(site: Site) -> None:
    broker = site.start_broker()
    apply_topics(site.settings)
    site.start_collector()
    assert [site.send().status for _ in range(20)] == [200] * 20

    site.kill(broker)
    assert {site.send().status for _ in range(3)} == {503}

    site.start_broker()
    wait_until(lambda: site.send().status == 200, within_s=60)
    assert [site.send().status for _ in range(20)] == [200] * 20
    assert set(site.acknowledged) <= set(site.in_topic())


def test_a_collector_that_is_stopped_has_published_all_it_acknowledged(site: Site) -> None:
    site.start_broker()
    apply_topics(site.settings)
    running = site.start_collector()
    for _ in range(50):
        site.send()

    assert site.stop(running) == 0
    assert set(site.in_topic()) == set(site.acknowledged) == {f"e{n}" for n in range(1, 51)}


def test_a_port_that_is_taken_is_said_so(site: Site) -> None:
    site.start_collector()

    log = site.settings.home / "second.log"
    second = dataclasses.replace(collector(site.settings), log=log, name="second")
    with Supervisor() as supervisor:
        child = supervisor.start(second)
        assert child.wait() == 1
        supervisor.forget(child)

    assert "expected a free address, found Address already in use" in log.read_text()
    assert "STEPTHREE_COLLECTOR_PORT" in log.read_text()
