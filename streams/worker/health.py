"""Health: /metrics, /healthz and /readyz of a worker, in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from threading import Thread
from typing import Any, NamedTuple
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import make_wsgi_app

LOOPBACK = "127.0.0.1"
ASKED_WITHIN_S = 2  # one asks after the other: who connects and says nothing must not hold them up


class _Quiet(WSGIRequestHandler):
    timeout = ASKED_WITHIN_S

    def log_message(self, format: str, *args: Any) -> None:
        """A scrape is not an event."""


class Health(NamedTuple):
    """What the two questions are answered from: no trouble, or which and for how long."""

    dead: Callable[[], Sequence[object]]
    unready: Callable[[], Sequence[object]]


def serve_health(port: int, health: Health, host: str = LOOPBACK) -> None:
    """Answer until the process ends; raises OSError when the port is taken."""
    metrics_app = make_wsgi_app()

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            found: Iterable[bytes] = metrics_app(environ, start)
            return found
        status, body = _state(path, health)
        start(status, [("Content-Type", "text/plain; charset=utf-8")])
        return [body]

    server = make_server(host, port, answer, handler_class=_Quiet)
    Thread(target=server.serve_forever, name="health", daemon=True).start()


def _state(path: str, health: Health) -> tuple[str, bytes]:
    """Status and body of the other paths; a trouble in each line."""
    asked = {"/healthz": health.dead, "/readyz": health.unready}.get(path)
    if asked is None:
        return "404 Not Found", b"not found\n"
    if troubles := asked():
        return "503 Service Unavailable", "".join(f"{each}\n" for each in troubles).encode()
    return "200 OK", b"ok\n"
