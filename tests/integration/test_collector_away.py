"""The collector without its broker: 503 and Retry-After, never a false 2xx, and back by itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.codec.interaction import decode
from streams.collector.answers import GIF
from streams.collector.keys import add_key
from streams.domain.outcome import Accepted
from streams.embedded import kafka
from streams.embedded.ports import choose_ports
from streams.embedded.processes import Child, Program, Supervisor
from streams.embedded.programs import collector
from streams.eventlog.reading import read_topic
from streams.eventlog.topics import apply_topics
from streams.settings import Settings
from streams.topics import INTERACTIONS
from tests.processes import wait_until
from tests.senders import Reply, ask

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("broker_jars")]


class Site:
    """A collector, and a broker that comes and goes."""

    def __init__(self, home: Path, supervisor: Supervisor) -> None:
        self._ports = choose_ports({"kafka": 0, "controller": 0, "collector": 0})
        self.settings = Settings(
            home=home,
            kafka_bootstrap=f"127.0.0.1:{self._ports['kafka']}",
            collector_port=self._ports["collector"],
            collector_acknowledge_s=2.0,
        )
        self.key = add_key(self.settings.keys_file, "acme")
        self._supervisor = supervisor
        self.sent = 0
        self.acknowledged: list[str] = []

    def start_collector(self) -> Child:
        """Start it and wait until it listens: ready it is only with a broker."""
        program = dataclasses.replace(
            collector(self.settings), is_ready=lambda: self.status("/healthz") == 200
        )
        return self._start(program)

    def start_broker(self) -> Child:
        """Start it on the data of the last one."""
        return self._start(
            kafka.broker(self.settings, self._ports["kafka"], self._ports["controller"])
        )

    def kill(self, child: Child) -> None:
        """End it at once."""
        child.kill()
        self._supervisor.forget(child)

    def stop(self, child: Child) -> int:
        """End it as an operator would; its exit code."""
        child.ask_to_stop()
        code = child.wait()
        self._supervisor.forget(child)
        return code

    def status(self, path: str) -> int:
        """The status of one request; 0 when nobody listens."""
        try:
            return ask(self.settings, path).status
        except OSError:
            return 0

    def send(self) -> Reply:
        """One interaction of its own; its id is remembered when it got a 200."""
        self.sent += 1
        body = b'{"event_id":"e%d","visitor":"v","kind":"comment"}' % self.sent
        reply = ask(self.settings, "/v1/interactions", body, {"X-Write-Key": self.key})
        if reply.status == 200:
            self.acknowledged.append(f"e{self.sent}")
        return reply

    def in_topic(self) -> set[str]:
        """The ids of all interactions in the topic."""
        outcomes = [
            decode(each.key, each.value) for each in read_topic(self.settings, INTERACTIONS)
        ]
        return {each.interaction.event_id for each in outcomes if isinstance(each, Accepted)}

    def _start(self, program: Program) -> Child:
        child = self._supervisor.start(program)
        self._supervisor.wait_until_ready(child)
        return child


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Supervisor() as supervisor:
        yield Site(tmp_path, supervisor)


def test_without_a_broker_everything_is_503_and_says_when_to_come_back(site: Site) -> None:
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
    assert set(site.acknowledged) <= site.in_topic()


def test_a_collector_that_is_stopped_has_published_all_it_acknowledged(site: Site) -> None:
    site.start_broker()
    apply_topics(site.settings)
    running = site.start_collector()
    for _ in range(50):
        site.send()

    assert site.stop(running) == 0
    assert site.in_topic() == set(site.acknowledged) == {f"e{n}" for n in range(1, 51)}


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
