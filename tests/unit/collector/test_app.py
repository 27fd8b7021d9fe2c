"""App: each route answers its methods, everything else is told what would be right."""

import asyncio
import json

import pytest

from streams.collector.answers import GIF, Answer
from streams.collector.app import ROUTES, App
from streams.ports.eventlog import LogFailed
from tests.fakes.http import Exchange, PolledLog, Request, parts
from tests.fakes.write_keys import WriteKeys


class FailedLog(PolledLog):
    """A log that can never publish again."""

    def publish(self, *_: object) -> None:
        raise LogFailed("fenced")


def ask(
    keys: WriteKeys, request: Request, log: PolledLog | None = None, body: bytes = b""
) -> tuple[Answer, App]:
    exchange = Exchange(body)

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


def ask_for_the_pixel(keys: WriteKeys, log: PolledLog) -> tuple[Answer, App]:
    return ask(keys, Request("/p.gif", f"key={keys.public}&v=v"), log)


def post_a_comment(keys: WriteKeys, log: PolledLog) -> tuple[Answer, App]:
    headers = {"x-write-key": keys.public}
    request = Request("/v1/interactions", method="POST", headers=headers)
    return ask(keys, request, log, b'{"visitor":"v","kind":"comment"}')


def test_a_fault_of_ours_is_500_and_logged(
    write_keys: WriteKeys, caplog: pytest.LogCaptureFixture
) -> None:
    answer, app = post_a_comment(write_keys, FaultyLog())

    assert answer.status == 500
    assert json.loads(answer.body)["detail"].startswith("expected no fault in the collector")
    assert "ZeroDivisionError" in caplog.text
    assert not app.failed.is_set()


def test_a_log_that_failed_for_good_is_503_and_ends_the_process(write_keys: WriteKeys) -> None:
    answer, app = post_a_comment(write_keys, FailedLog())

    assert answer.status == 503
    assert json.loads(answer.body)["detail"].startswith("expected a working producer")
    assert app.failed.is_set()


@pytest.mark.parametrize(("log", "status"), [(FaultyLog(), 500), (FailedLog(), 503)])
def test_the_pixel_is_a_picture_also_when_we_are_at_fault(
    write_keys: WriteKeys, log: PolledLog, status: int
) -> None:
    answer, app = ask_for_the_pixel(write_keys, log)

    assert (answer.status, answer.body) == (status, GIF)
    assert dict(answer.headers)["content-type"] == "image/gif"
    assert app.failed.is_set() is isinstance(log, FailedLog)


def test_the_head_of_the_pixel_is_a_pictures_and_no_interaction(write_keys: WriteKeys) -> None:
    log = PolledLog()
    request = Request("/p.gif", f"key={write_keys.public}&v=v", method="HEAD")

    answer, _ = ask(write_keys, request, log)

    assert (answer.status, answer.body, log.records) == (200, b"", [])
    assert dict(answer.headers)["content-type"] == "image/gif"
    assert dict(answer.headers)["content-length"] == str(len(GIF))
