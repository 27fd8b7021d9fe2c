"""App: the live page, the same numbers as JSON, and their changes as server-sent events."""

import asyncio
from http import HTTPStatus

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from streams.clock import now_ms
from streams.console import sse
from streams.console.assets import answer, load_assets
from streams.console.channel import Numbers, Source
from streams.console.hub import FullError, Hub
from streams.console.problems import problem
from streams.console.reader import AwayError
from streams.console.security import SecurityHeaders
from streams.console.view import ALL_QUERIES, FRESH, Range, View, parameters
from streams.settings import Settings
from streams.warehouse.queries import Value

LETTERS = "dead_letters_by_reason"
READY_WITHIN_S = 5.0
NO_STORE = {"cache-control": "no-store"}


class Console:
    """Everything that is served; one function per route."""

    def __init__(self, settings: Settings, source: Source, hub: Hub) -> None:
        collector = f"http://{settings.collector_host}:{settings.collector_port}"
        self._assets = load_assets({"collector": collector})
        self._source = source
        self._hub = hub

    async def list_page(self, request: Request) -> Response:
        return answer(request, self._assets["campaigns.html"])

    async def campaign_page(self, request: Request) -> Response:
        return answer(request, self._assets["campaign.html"])

    async def asset(self, request: Request) -> Response:
        found = self._assets.get(request.path_params["name"])
        if found is None:
            return problem(HTTPStatus.NOT_FOUND, f"no file at {request.url.path}")
        return answer(request, found)

    async def campaigns(self, request: Request) -> Response:
        """Every campaign, or a tenant's (`?tenant=`); and what was refused and is nobody's."""
        tenant, at_ms = request.query_params.get("tenant", ""), now_ms()
        nobody = View("", "", Range.DAY)
        wanted: dict[str, dict[str, Value]] = {
            "campaign_list": {"tenant": tenant, "now_ms": at_ms},
            LETTERS: parameters(nobody, LETTERS, at_ms),
        }
        numbers = {name: await self._source.read(name, wanted[name]) for name in wanted}
        return _json(Numbers(at_ms, now_ms(), numbers))

    async def campaign(self, request: Request) -> Response:
        """All numbers of a campaign's page (`?range=24h|7d|30d|all`)."""
        view, at_ms = _view(request), now_ms()
        numbers = {
            name: await self._source.read(name, parameters(view, name, at_ms))
            for name in ALL_QUERIES
        }
        return _json(Numbers(at_ms, now_ms(), numbers))

    async def events(self, request: Request) -> Response:
        """The same numbers whenever they change."""
        view = _view(request)
        self._hub.admit()
        headers = NO_STORE | {"x-accel-buffering": "no"}
        stream = self._hub.stream(view)
        return StreamingResponse(stream, headers=headers, media_type=sse.CONTENT_TYPE)

    async def alive(self, _: Request) -> Response:
        return PlainTextResponse("alive\n", headers=NO_STORE)

    async def ready(self, _: Request) -> Response:
        """Does ClickHouse answer, with its tables?"""
        nobody = View("", "")
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await self._source.read(FRESH, parameters(nobody, FRESH, now_ms()))
        except TimeoutError as error:
            raise AwayError(f"silent for {READY_WITHIN_S:g} s") from error
        return PlainTextResponse("ready\n", headers=NO_STORE)

    async def metrics(self, _: Request) -> Response:
        return Response(generate_latest(), headers=NO_STORE, media_type=CONTENT_TYPE_LATEST)

    def routes(self) -> list[Route]:
        return [
            Route("/", self.list_page),
            Route("/c/{tenant}/{campaign:path}", self.campaign_page),
            Route("/static/{name}", self.asset),
            Route("/api/v1/campaigns", self.campaigns),
            Route("/api/v1/campaigns/{tenant}/{campaign:path}", self.campaign),
            Route("/events/{tenant}/{campaign:path}", self.events),
            Route("/healthz", self.alive),
            Route("/readyz", self.ready),
            Route("/metrics", self.metrics),
        ]


def create_app(settings: Settings, source: Source, hub: Hub) -> Starlette:
    """The application; who serves it closes the hub before it ends."""
    hosts = [*settings.console_hosts.split(","), settings.console_host]
    return Starlette(
        routes=Console(settings, source, hub).routes(),
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
        ],
        exception_handlers={AwayError: _away, FullError: _full, RangeError: _bad_range},
    )


class RangeError(ValueError):
    """A range that is none of the known ones."""


def _view(request: Request) -> View:
    chosen = request.query_params.get("range", Range.ALL)
    if chosen not in set(Range):
        raise RangeError(f"range: expected one of {', '.join(Range)}; found {chosen!r}")
    return View(request.path_params["tenant"], request.path_params["campaign"], Range(chosen))


def _json(numbers: Numbers) -> Response:
    body = msgspec.json.encode(numbers)
    return Response(body, headers=NO_STORE, media_type="application/json")


async def _away(_: Request, error: Exception) -> Response:
    detail = f"ClickHouse does not answer: {error}"
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, **{"retry-after": "2"})


async def _full(_: Request, error: Exception) -> Response:
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), **{"retry-after": "10"})


async def _bad_range(_: Request, error: Exception) -> Response:
    return problem(HTTPStatus.BAD_REQUEST, str(error))
