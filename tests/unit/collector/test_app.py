"""App: each route answers its methods, everything else is told what would be right."""

import asyncio
import json

import pytest

from streams.collector.answers import Answer
from streams.collector.app import ROUTES, App
from streams.ports.eventlog import LogFailed
from tests.fakes.http import Exchange, PolledLog, Request, parts
from tests.fakes.write_keys import WriteKeys


class FailedLog(PolledLog):
    """A log that can never publish again."""

    def publish(self, *_: object) -> None:
        raise LogFailed("fenced")


def ask(keys: WriteKeys, request: Request, log: PolledLog | None = None) -> tuple[Answer, App]:
    exchange = Exchange()

    async def act() -> App:
        app = App(parts(keys.ring, log or PolledLog()), lambda: 0.0)
        await app.__rsgi__(request, exchange)
        return app

    app = asyncio.run(act())
    assert exchange.answer is not None
    return exchange.answer, app


def test_it_is_healthy_while_it_runs_and_ready_while_the_broker_answers(
    write_keys: WriteKeys,
) -> None:
    silent = PolledLog(is_silent=True)

    assert ask(write_keys, Request("/healthz"), silent)[0].status == 200
    assert ask(write_keys, Request("/readyz"))[0].status == 200
    assert ask(write_keys, Request("/readyz"), silent)[0].status == 503


def test_metrics_are_told_by_route(write_keys: WriteKeys) -> None:
    ask(write_keys, Request("/p.gif", f"key={write_keys.public}&v=v"))

    metrics = ask(write_keys, Request("/metrics"))[0].body.decode()

    assert 'stepthree_collector_requests_total{route="/p.gif",status="2xx"}' in metrics
    assert 'stepthree_collector_accepted_total{tenant="acme"}' in metrics


def test_a_path_of_nobody_is_404_and_one_metric(write_keys: WriteKeys) -> None:
    answer, _ = ask(write_keys, Request("/wp-admin"))
    metrics = ask(write_keys, Request("/metrics"))[0].body.decode()

    assert answer.status == 404
    assert json.loads(answer.body)["detail"].startswith("expected one of /p.gif, /v1/interactions")
    assert "wp-admin" not in metrics
    assert 'route="other"' in metrics


@pytest.mark.parametrize("path", ROUTES)
def test_another_method_is_405_and_told_the_right_ones(write_keys: WriteKeys, path: str) -> None:
    answer, _ = ask(write_keys, Request(path, method="DELETE"))

    assert answer.status == 405
    assert dict(answer.headers)["allow"] == ", ".join((*ROUTES[path], "OPTIONS"))


def test_a_preflight_allows_any_origin_without_credentials(write_keys: WriteKeys) -> None:
    answer, _ = ask(write_keys, Request("/v1/interactions", method="OPTIONS"))
    headers = dict(answer.headers)

    assert (answer.status, answer.body) == (204, b"")
    assert headers["access-control-allow-origin"] == "*"
    assert "POST" in headers["access-control-allow-methods"]
    assert "x-write-key" in headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in headers


class FaultyLog(PolledLog):
    """A log with a fault in it."""

    def publish(self, *_: object) -> None:
        raise ZeroDivisionError


def test_a_fault_of_ours_is_500_and_logged(
    write_keys: WriteKeys, caplog: pytest.LogCaptureFixture
) -> None:
    answer, app = ask(write_keys, Request("/p.gif", f"key={write_keys.public}&v=v"), FaultyLog())

    assert answer.status == 500
    assert "ZeroDivisionError" in caplog.text
    assert not app.failed.is_set()


def test_a_log_that_failed_for_good_is_503_and_ends_the_process(write_keys: WriteKeys) -> None:
    answer, app = ask(write_keys, Request("/p.gif", f"key={write_keys.public}&v=v"), FailedLog())

    assert answer.status == 503
    assert app.failed.is_set()
