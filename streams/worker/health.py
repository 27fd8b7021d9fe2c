"""Health: /metrics, /healthz and /readyz of a worker, in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import make_wsgi_app

LOOPBACK = "127.0.0.1"
ASKED_WITHIN_S = 2  # one asks after the other: who connects and says nothing must not hold them up


class _Quiet(WSGIRequestHandler):
    timeout = ASKED_WITHIN_S

    def log_message(self, format: str, *args: Any) -> None:
        """A scrape is not an event."""


def serve_health(port: int, ready: Callable[[], bool], host: str = LOOPBACK) -> None:
    """Answer until the process ends; raises OSError when the port is taken."""
    metrics_app = make_wsgi_app()

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            found: Iterable[bytes] = metrics_app(environ, start)
            return found
        status, body = _state(path, ready)
        start(status, [("Content-Type", "text/plain")])
        return [body]

    server = make_server(host, port, answer, handler_class=_Quiet)
    Thread(target=server.serve_forever, name="health", daemon=True).start()


def _state(path: str, ready: Callable[[], bool]) -> tuple[str, bytes]:
    """Status and body of the other paths."""
    if path not in ("/healthz", "/readyz"):
        return "404 Not Found", b"not found\n"
    if path == "/readyz" and not ready():
        return "503 Service Unavailable", b"not ready\n"
    return "200 OK", b"ok\n"
