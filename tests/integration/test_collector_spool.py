"""The collector's spool: what got a 200 without a broker is in the log later, whatever happened."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from streams.embedded.processes import Supervisor
from streams.eventlog.topics import apply_topics
from streams.settings import Settings
from tests.integration.away import Site
from tests.processes import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("broker_jars")]

FEW_FILES = ("sh", "-c", 'ulimit -n 40; exec "$@"', "sh")
CONNECTIONS = 30
DRAINED_WITHIN_S = 60
UNACKNOWLEDGED = b"\nstepthree_collector_unacknowledged 1.0\n"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Supervisor() as supervisor:
        yield Site(tmp_path, supervisor)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "stepthree-test", str(disk)]
    answer = subprocess.run(mount, capture_output=True, text=True, check=False)
    if answer.returncode:
        pytest.skip(f"mounting a small disk needs root: {answer.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def in_topic_once_drained(site: Site, settings: Settings) -> list[str]:
    """What the log has once a collector that knows a broker has drained the spool."""
    site.find_broker(settings.kafka_bootstrap)
    running = site.start_collector()
    wait_until(site.is_drained, DRAINED_WITHIN_S)
    assert site.see().status == 200
    assert site.stop(running) == 0
    return site.in_topic()


def test_pixels_of_an_outage_arrive_once_and_in_order(site: Site) -> None:
    broker = site.start_broker()
    apply_topics(site.settings)
    site.start_collector()
    assert {site.see().status for _ in range(20)} == {200}

    site.kill(broker)
    assert {site.see().status for _ in range(50)} == {200}
    posted = site.send()
    assert (posted.status, posted.headers["retry-after"]) == (503, "5")
    assert site.status("/readyz") == 503

    site.start_broker()
    wait_until(lambda: site.status("/readyz") == 200, within_s=60)
    assert {site.see().status for _ in range(20)} == {200}
    wait_until(site.is_drained, DRAINED_WITHIN_S)
    arrived = site.in_topic()
    assert arrived[:70] == site.acknowledged[:70]
    assert sorted(arrived) == sorted(site.acknowledged)


def test_neither_a_stop_nor_a_kill_loses_what_was_acknowledged(
    site: Site, settings: Settings
) -> None:
    stopped = site.start_collector()
    answers: list[int] = []
    waiting = threading.Thread(target=lambda: answers.append(site.see().status))
    waiting.start()
    wait_until(lambda: UNACKNOWLEDGED in site.metrics())
    assert site.stop(stopped) == 0
    waiting.join()
    assert answers == [200]

    killed = site.start_collector()
    assert {site.see().status for _ in range(30)} == {200}
    site.kill(killed)

    assert in_topic_once_drained(site, settings) == site.acknowledged


def test_a_full_disk_is_503_and_loses_nothing_that_was_acknowledged(
    tmp_path: Path, small_disk: Path, settings: Settings
) -> None:
    with Supervisor() as supervisor:
        site = Site(tmp_path, supervisor, spool=small_disk)
        running = site.start_collector()
        wait_until(lambda: site.see().status == 503, within_s=60)
        assert site.see().headers["retry-after"] == "5"
        site.stop(running)

        assert len(site.acknowledged) > 100
        assert in_topic_once_drained(site, settings) == site.acknowledged


def test_without_file_descriptors_there_is_no_false_200(site: Site, settings: Settings) -> None:
    running = site.start_collector(FEW_FILES)
    assert site.see().status == 200

    with ExitStack() as open_connections:
        held = [open_connections.enter_context(Connection(site)) for _ in range(CONNECTIONS)]
        answered = [each for each in held if each.see(within_s=0.3)]
        assert 0 < len(answered) < CONNECTIONS
    wait_until(lambda: site.status("/healthz") == 200)
    assert site.see().status == 200
    site.stop(running)

    assert set(in_topic_once_drained(site, settings)) >= set(site.acknowledged)


class Connection:
    """One connection that stays open; it waits a short time for each answer."""

    def __init__(self, site: Site) -> None:
        self._site = site
        address = (site.settings.collector_host, site.settings.collector_port)
        self._socket = socket.create_connection(address, timeout=10)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def see(self, within_s: float) -> bool:
        """Whether one pixel got a 200; its id is remembered then."""
        self._site.sent += 1
        event_id = f"e{self._site.sent}"
        request = f"GET {self._site.pixel(event_id)} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        self._socket.settimeout(within_s)
        try:
            self._socket.sendall(request.encode())
            is_taken = self._socket.recv(65_536).startswith(b"HTTP/1.1 200 ")
        except OSError:
            return False
        if is_taken:
            self._site.acknowledged.append(event_id)
        return is_taken
