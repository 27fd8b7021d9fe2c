"""App: the collector's routes behind RSGI, each request counted and timed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, Final

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

from streams.collector.answers import NO_STORE, PREFLIGHT, RETRY_AFTER_S, Answer, gif, problem, text
from streams.collector.batch import batch
from streams.collector.parts import Parts
from streams.collector.pixel import pixel, pixel_head
from streams.collector.request import Scope
from streams.collector.webhooks.standard import standard_webhook
from streams.metrics import COLLECTOR_REQUESTS, COLLECTOR_SECONDS
from streams.ports.eventlog import LogFailed

Handler = Callable[[Parts, Scope, Any], Awaitable[Answer]]

PIXEL: Final = "/p.gif"
REACHABLE_WITHIN_S: Final = 1.0

_log: Final = logging.getLogger(__name__)


class App:
    """An RSGI application. `failed` is set when only a new process can help."""

    def __init__(self, parts: Parts, monotonic_s: Callable[[], float]) -> None:
        self._parts = parts
        self._monotonic_s = monotonic_s
        self.failed = asyncio.Event()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        if scope.proto != "http":
            protocol.close(1003)
            return
        started_s = self._monotonic_s()
        status, headers, body = await self._answer(scope, protocol)
        protocol.response_bytes(status, headers, body)
        count, seconds = _measures(scope.path if scope.path in ROUTES else "other", status // 100)
        count.inc()
        seconds.observe(self._monotonic_s() - started_s)

    async def _answer(self, scope: Scope, protocol: Any) -> Answer:
        methods = ROUTES.get(scope.path)
        if methods is None:
            return problem(404, f"expected one of {', '.join(ROUTES)}, found {scope.path[:200]!a}")
        handler = methods.get(scope.method)
        if handler is None:
            return _not_allowed(scope, methods)
        try:
            return await handler(self._parts, scope, protocol)
        except LogFailed as error:
            _log.error("the producer failed for good: %s", error)
            self.failed.set()
            detail = "expected a working producer, found one that has failed"
            return _fault(scope, 503, detail, RETRY_AFTER_S)
        except Exception:  # the edge: a fault of ours is told to the sender and the log
            _log.exception("a request failed: %s", scope.path)
            return _fault(scope, 500, "expected no fault in the collector, found one; it is logged")


def _fault(scope: Scope, status: int, detail: str, retry_after_s: float | None = None) -> Answer:
    """A fault of ours: a picture to who asked for one, else a problem."""
    if scope.path == PIXEL:
        return gif(status, retry_after_s)
    return problem(status, detail, retry_after_s)


def _not_allowed(scope: Scope, methods: dict[str, Handler]) -> Answer:
    if scope.method == "OPTIONS":
        return PREFLIGHT
    allowed = ", ".join((*methods, "OPTIONS"))
    status, headers, body = problem(405, f"expected {allowed}, found {scope.method[:20]!a}")
    return Answer(status, [*headers, ("allow", allowed)], body)


@cache
def _measures(route: str, status_class: int) -> tuple[Counter, Histogram]:
    """The two measures of a route, looked up once."""
    return (
        COLLECTOR_REQUESTS.labels(route, f"{status_class}xx"),
        COLLECTOR_SECONDS.labels(route),
    )


async def _healthy(parts: Parts, scope: Scope, _: Any) -> Answer:
    return text(200, "ok\n")


async def _ready(parts: Parts, scope: Scope, _: Any) -> Answer:
    if await parts.outbox.is_reachable(REACHABLE_WITHIN_S):
        return text(200, "ready\n")
    return text(503, "expected a broker that answers within 1 s, found none\n")


async def _metrics(parts: Parts, scope: Scope, _: Any) -> Answer:
    return Answer(200, [("content-type", CONTENT_TYPE_LATEST), NO_STORE], generate_latest())


ROUTES: Final[dict[str, dict[str, Handler]]] = {
    PIXEL: {"GET": pixel, "HEAD": pixel_head},
    "/v1/interactions": {"POST": batch},
    "/v1/webhooks/standard": {"POST": standard_webhook},
    "/healthz": {"GET": _healthy},
    "/readyz": {"GET": _ready},
    "/metrics": {"GET": _metrics},
}
