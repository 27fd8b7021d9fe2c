"""Programs: how each part of the stack is started, and when it is ready."""

import http.client
import sys

import msgspec

from streams.embedded.ports import LOOPBACK
from streams.embedded.processes import Program
from streams.settings import Settings

ASK_S = 2
LISTENING = b"listening on "


def engine(settings: Settings) -> Program:
    """The ClickHouse engine behind its native protocol; its log says when it takes connections."""
    log = settings.home / "logs" / "clickhouse.log"
    arguments = (
        *("streams.embedded.clickhouse", "--path", str(settings.home / "clickhouse")),
        *("--host", LOOPBACK, "--port", str(settings.clickhouse_port)),
        *("--user", settings.clickhouse_user, "--password", settings.clickhouse_password),
    )
    return Program(
        name="clickhouse",
        arguments=(sys.executable, "-m", *arguments),
        environment=settings.child_environment(),
        log=log,
        is_ready=lambda: LISTENING in log.read_bytes(),
        stop_within_s=20,
    )


def collector(settings: Settings) -> Program:
    """The public HTTP side."""
    return _command(settings, "collector", "collector", settings.collector_port)


def console(settings: Settings) -> Program:
    """The live page."""
    return _command(settings, "console", "console", settings.console_port)


def worker(settings: Settings, number: int, port: int) -> Program:
    """One of the workers: a static member with a state of its own; `port` tells its health."""
    name = f"worker-{number}"
    own = msgspec.structs.replace(
        settings,
        worker_instance=name,
        worker_store=settings.home / "state" / name,
        worker_metrics_port=port,
    )
    return _command(own, name, "worker", port)


def _command(settings: Settings, name: str, word: str, port: int) -> Program:
    """A `stepthree` command that answers `/readyz` at its port."""
    return Program(
        name=name,
        arguments=(sys.executable, "-m", "streams", word),
        environment=settings.child_environment(),
        log=settings.home / "logs" / f"{name}.log",
        is_ready=lambda: says_ready(port),
    )


def says_ready(port: int) -> bool:
    """Does `/readyz` answer 200 there?"""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=ASK_S)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
