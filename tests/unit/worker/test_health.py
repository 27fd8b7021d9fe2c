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
from streams.worker.health import serve_health


class Worker:
    """A worker's health at a port of its own."""

    def __init__(self) -> None:
        self.is_ready = False
        self.port = choose_ports({"health": 0})["health"]
        serve_health(self.port, lambda: self.is_ready)


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
    running.is_ready = False


def get(worker: Worker, path: str) -> Answer:
    connection = http.client.HTTPConnection(LOOPBACK, worker.port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read().decode())
    finally:
        connection.close()


def test_a_worker_that_runs_is_healthy_though_not_ready(worker: Worker) -> None:
    assert get(worker, "/healthz") == Answer(200, "ok\n")
    assert get(worker, "/readyz") == Answer(503, "not ready\n")


def test_a_worker_that_is_a_member_is_ready(worker: Worker) -> None:
    worker.is_ready = True
    assert get(worker, "/readyz") == Answer(200, "ok\n")


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
        serve_health(worker.port, lambda: True)
