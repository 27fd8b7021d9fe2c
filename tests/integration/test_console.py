"""The console as a process over a real engine: its routes, its headers, its stream."""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from streams.console.security import HEADERS
from streams.console.view import ALL_QUERIES, View, parameters
from streams.embedded import programs
from streams.embedded.processes import Supervisor
from streams.settings import Settings
from streams.warehouse.client import connect
from streams.warehouse.queries import run_query
from tests.campaign_rows import fill
from tests.warehouse_rows import empty_all, event, insert, journey, start_part, start_warehouse

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def parts() -> Iterator[Supervisor]:
    with Supervisor() as running:
        yield running


@pytest.fixture(scope="module")
def settings(parts: Supervisor, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = start_warehouse(parts, tmp_path_factory.mktemp("console"))
    start_part(parts, programs.console(settings))
    return settings


@pytest.fixture(autouse=True)
def _empty(settings: Settings) -> None:
    with connect(settings) as client:
        empty_all(client)


@contextmanager
def answered(settings: Settings, path: str, **headers: str) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", settings.console_port, timeout=20)
    try:
        connection.request("GET", path, headers=headers)
        yield connection.getresponse()
    finally:
        connection.close()


def get_json(settings: Settings, path: str) -> Any:
    with answered(settings, path) as response:
        return json.loads(response.read())


def messages(response: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
    """Names and contents of server-sent events, comments left out."""
    name = ""
    for line in response:
        field, _, value = line.decode().strip().partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


@pytest.mark.parametrize("path", ["/", "/c/acme/petition", "/static/page.css", "/metrics", "/no"])
def test_every_answer_has_the_security_headers(settings: Settings, path: str) -> None:
    with answered(settings, path) as response:
        assert {name: response.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize(("path", "text"), [("/healthz", b"alive"), ("/readyz", b"ready")])
def test_health_is_told(settings: Settings, path: str, text: bytes) -> None:
    with answered(settings, path) as response:
        assert (response.status, response.read().strip()) == (200, text)


def test_the_json_has_the_numbers_of_the_named_queries(settings: Settings) -> None:
    with connect(settings) as client:
        fill(client, people=400)
        found = get_json(settings, "/api/v1/campaigns/acme/petition")
        view, at_ms = View("acme", "petition"), found["as_of_ms"]
        expected = run_query(client, "funnel", **parameters(view, "funnel", at_ms))

    assert set(found["numbers"]) == set(ALL_QUERIES)
    assert [list(row.values()) for row in found["numbers"]["funnel"]] == [
        list(row) for row in expected.rows
    ]


def test_the_list_has_campaigns_and_what_is_nobodys(settings: Settings) -> None:
    with connect(settings) as client:
        fill(client, people=50)

    found = get_json(settings, "/api/v1/campaigns")["numbers"]

    assert [row["campaign"] for row in found["campaign_list"]] == ["harbour", "petition"]
    assert found["dead_letters_by_reason"] == []


def test_a_campaign_may_have_a_slash_in_its_name(settings: Settings) -> None:
    with connect(settings) as client:
        insert(client, "journeys", [journey("ann", visit=0, campaign="spring/2026")])

    found = get_json(settings, "/api/v1/campaigns/acme/spring%2F2026")

    assert found["numbers"]["funnel"][0]["persons"] == 1


def test_an_unknown_range_is_refused_with_those_there_are(settings: Settings) -> None:
    with answered(settings, "/events/acme/petition?range=5y") as response:
        problem = json.loads(response.read())

    assert (response.status, response.headers["content-type"]) == (400, "application/problem+json")
    assert problem["detail"] == "range: expected one of 24h, 7d, 30d, all; found '5y'"


def test_a_foreign_host_name_is_refused(settings: Settings) -> None:
    with answered(settings, "/api/v1/campaigns", Host="evil.example") as response:
        assert response.status == 400


def test_files_come_compressed_once_and_then_not_again(settings: Settings) -> None:
    with answered(settings, "/static/uplot.js", **{"Accept-Encoding": "gzip"}) as response:
        body, etag = response.read(), response.headers["etag"]
        assert response.headers["content-encoding"] == "gzip"
    assert len(body) < 25_000
    with answered(settings, "/static/uplot.js", **{"If-None-Match": etag}) as response:
        assert response.status == 304


def test_the_stream_sends_a_new_visit_within_two_seconds(settings: Settings) -> None:
    with answered(settings, "/events/acme/petition") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        stream = messages(response)
        name, first = next(stream)
        assert (name, first["numbers"]["funnel"][0]["persons"]) == ("numbers", 0)
        with connect(settings) as client:
            now = time.time_ns() // 1_000_000
            insert(client, "events", [event("ann", "visit", 0) | {"received_at": now}])
            insert(client, "journeys", [journey("ann", visit=0)])
        inserted_s = time.monotonic()
        changed = next(
            content["numbers"]["funnel"] for _, content in stream if "funnel" in content["numbers"]
        )

    assert changed[0]["persons"] == 1
    assert time.monotonic() - inserted_s < 2


def test_a_quiet_stream_tells_only_that_it_is_fresh(settings: Settings) -> None:
    with answered(settings, "/events/acme/quiet") as response:
        stream = messages(response)
        first, second = next(stream)[1], next(stream)[1]

    assert second["as_of_ms"] > first["as_of_ms"]
    assert second["numbers"] == {}


def test_a_taken_port_is_told(settings: Settings) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "streams", "console"],
        env=settings.child_environment(),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert second.returncode == 1
    assert f"found 127.0.0.1:{settings.console_port}" in second.stderr


def test_it_ends_although_a_page_is_open(
    parts: Supervisor, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = start_warehouse(parts, tmp_path_factory.mktemp("ending"))
    console = start_part(parts, programs.console(own))
    with answered(own, "/events/acme/petition") as response:
        next(messages(response))
        began_s = time.monotonic()
        parts.stop(console)

    assert console.exit_code == 0
    assert time.monotonic() - began_s < 5
