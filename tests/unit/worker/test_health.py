"""Health: what a worker says of itself over HTTP."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from streams import metrics
from streams.embedded.ports import LOOPBACK, choose_ports
from streams.worker.health import Health, serve_health
from streams.worker.signs import Trouble


class Worker:
    """A worker's health at a port of its own."""

    def __init__(self) -> None:
        self.dead: list[Trouble] = []
        self.unready: list[Trouble] = []
        self.port = choose_ports({"health": 0})["health"]
        serve_health(self.port, Health(lambda: self.dead, lambda: self.unready))


class Answer(NamedTuple):
    """Status and body."""

    status: int
    body: str


@pytest.fixture(scope="module")
def running() -> Worker:
    return Worker()


@pytest.fixture
def worker(running: Worker) -> Iterator[Worker]:
    yield running
    running.dead, running.unready = [], []


def get(worker: Worker, path: str) -> Answer:
    connection = http.client.HTTPConnection(LOOPBACK, worker.port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read().decode())
    finally:
        connection.close()


def test_a_worker_that_runs_is_healthy_though_not_ready(worker: Worker) -> None:
    worker.unready = [Trouble("Kafka", "silent", 12.2), Trouble("ClickHouse", "silent", 31.0)]
    assert get(worker, "/healthz") == Answer(200, "ok\n")
    assert get(worker, "/readyz") == Answer(
        503, "Kafka: silent, for 12 s\nClickHouse: silent, for 31 s\n"
    )


def test_a_worker_without_troubles_is_ready(worker: Worker) -> None:
    assert get(worker, "/readyz") == Answer(200, "ok\n")


def test_a_worker_whose_loop_hangs_is_not_healthy(worker: Worker) -> None:
    worker.dead = [Trouble("event loop", "silent", 11.0)]
    assert get(worker, "/healthz") == Answer(503, "event loop: silent, for 11 s\n")


def test_metrics_are_those_of_the_catalogue(worker: Worker) -> None:
    metrics.WORKER_INSERT_RETRIES.inc(0)
    status, body = get(worker, "/metrics")
    assert status == 200
    assert "# TYPE stepthree_worker_insert_retries_total counter" in body


def test_another_path_is_not_found(worker: Worker) -> None:
    assert get(worker, "/") == Answer(404, "not found\n")


def test_a_client_that_says_nothing_does_not_keep_others_waiting(worker: Worker) -> None:
    with socket.create_connection((LOOPBACK, worker.port)):
        started_s = time.monotonic()
        assert get(worker, "/healthz").status == 200
        assert time.monotonic() - started_s < 5


def test_a_port_that_is_taken_is_an_error_at_the_start(worker: Worker) -> None:
    with pytest.raises(OSError, match="in use"):
        serve_health(worker.port, Health(list, list))
