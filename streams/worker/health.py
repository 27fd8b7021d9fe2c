"""Health: /metrics, /healthz and /readyz of a worker, in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import make_wsgi_app

LOOPBACK = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
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
        fine = path == "/healthz" or (path == "/readyz" and ready())
        status = "200 OK" if fine else "404 Not Found" if path != "/readyz" else "503 Not Ready"
        start(status, [("Content-Type", "text/plain")])
        return [b"ok\n" if fine else b"not ready\n"]

    server = make_server(host, port, answer, handler_class=_Quiet)
    Thread(target=server.serve_forever, name="health", daemon=True).start()
