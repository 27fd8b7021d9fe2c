"""Health of a worker: not ready while ClickHouse or Kafka is away, ready again by itself."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from streams.embedded import programs
from streams.embedded.ports import LOOPBACK, choose_ports
from streams.embedded.processes import Child, Supervisor
from streams.embedded.stack import Stack
from tests.integration.live import running_worker
from tests.processes import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]
RED_S, GREEN_S = 30, 60


@pytest.fixture(scope="module")
def stack(broker_jars: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Broker and engine that are killed and come back."""
    home = tmp_path_factory.mktemp("health")
    with Stack(home, workers=0, collector=False, console=False) as running:
        yield running


def ask(worker: Child, path: str) -> tuple[int, str]:
    """Status and body."""
    port = int(worker.program.environment["STEPTHREE_WORKER_METRICS_PORT"])
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_a_worker_says_which_parts_are_away_until_they_are_back(stack: Stack) -> None:
    with running_worker(stack) as worker:
        assert ask(worker, "/readyz") == (200, "ok\n")
        stack.kill("clickhouse")
        stack.kill("kafka")
        for part in ("ClickHouse: does not answer (", "Kafka: does not answer ("):
            wait_until(lambda: part in ask(worker, "/readyz")[1], RED_S)  # noqa: B023 - asked at once
        assert ask(worker, "/readyz")[0] == 503
        assert ask(worker, "/healthz") == (200, "ok\n")
        stack.start_engine()
        stack.start_broker()
        wait_until(lambda: ask(worker, "/readyz") == (200, "ok\n"), GREEN_S)


def test_a_worker_that_starts_without_clickhouse_opens_nothing_until_it_is_back(
    stack: Stack,
) -> None:
    stack.kill("clickhouse")
    port = choose_ports({"health": 0})["health"]
    with Supervisor() as supervisor:
        worker = supervisor.start(programs.worker(stack.settings, 0, port))
        wait_until(lambda: "lanes: not a member" in said(worker), RED_S)
        wait_until(lambda: "ClickHouse: does not answer (" in said(worker), RED_S)
        stack.start_engine()
        wait_until(lambda: said(worker) == "ok\n", GREEN_S)


def said(worker: Child) -> str:
    """Of its readiness; nothing while it does not listen yet."""
    try:
        return ask(worker, "/readyz")[1]
    except OSError:
        return ""
