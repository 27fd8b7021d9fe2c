"""Pixel: one interaction from a picture's address; always a picture, and never a false 200.

Only what the HTTP server refuses before it asks us is no picture: a query with bytes that are no
UTF-8 (400, empty) and a request line beyond 64 kB (414).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from streams.codec.interaction import refuse
from streams.codec.sent import Desk, Written, id_without_one, write
from streams.collector.admission import MAX_QUERY_BYTES, SECRET_IN_ADDRESS, unknown_key
from streams.collector.answers import RETRY_AFTER_S, Answer, gif, gif_head
from streams.collector.parts import Parts
from streams.collector.privacy import asks_not_to_be_tracked, cookie_visitor, visitor_cookie
from streams.collector.query import channel_of, fields_of, parse_query
from streams.collector.request import (
    BodyStream,
    Headers,
    Scope,
    header_key,
    query_value,
    sender_address,
)
from streams.collector.spool.frames import Outgoing
from streams.domain.interaction import Consent, Stage
from streams.domain.outcome import DeadLetter, FailureReason
from streams.domain.stages import DEFAULT_STAGES
from streams.metrics import COLLECTOR_ACCEPTED
from streams.topics import INTERACTIONS

SOURCE: Final = "pixel"
REQUEST: Final = "request"  # a refused request's id: the log may get it twice after an outage
DEFAULT_KIND: Final = "page_view"
MAX_PAGE_CHARS: Final = 2_048


class Hit(NamedTuple):
    """What one request for the pixel says, in its headers too, and the cookie it gets."""

    tenant: str
    outcome: Written | DeadLetter
    told: Mapping[str, str]
    cookie: str | None = None


async def pixel(parts: Parts, scope: Scope, _: BodyStream) -> Answer:
    """`GET /p.gif`: 200 when broker or spool have what came, accepted or refused; else 429, 503."""
    if wait_s := parts.address_rate.take(sender_address(scope, parts.proxies)):
        return gif(429, wait_s)
    hit = read_hit(parts, scope)
    if isinstance(hit, Answer):
        return hit
    if not await parts.delivery.deliver(_record(parts, hit)):
        return gif(503, RETRY_AFTER_S)
    if isinstance(hit.outcome, Written):
        COLLECTOR_ACCEPTED.labels(hit.tenant).inc()
    return gif(cookie=hit.cookie)


async def pixel_head(parts: Parts, scope: Scope, _: BodyStream) -> Answer:
    """`HEAD /p.gif`: about the picture; nobody sees it, so it is no interaction."""
    return gif_head()


def read_hit(parts: Parts, scope: Scope) -> Hit | Answer:
    """The interaction or dead letter in a pixel's address; an answer when its key is too busy."""
    raw = scope.query_string.encode("utf-8", "surrogateescape")
    try:
        parameters, undecodable = parse_query(scope.query_string), None
    except UnicodeDecodeError as error:
        parameters = {"key": query_value(scope.query_string, "key")}
        undecodable = refuse(raw, error)
    in_address = parameters.get("key", "")
    key = in_address or header_key(scope.headers)
    told = said_beside(scope.headers)
    holder = parts.keys.holder(key)
    if holder is None:
        return Hit("", DeadLetter(FailureReason.UNKNOWN_KEY, unknown_key(key), raw), told)
    if wait_s := parts.key_rate.take(key):
        return gif(429, wait_s)
    tenant = holder.tenant
    if in_address and not holder.is_public:
        hidden = raw.replace(key.encode(), b"...")
        dead = DeadLetter(FailureReason.UNKNOWN_KEY, SECRET_IN_ADDRESS, hidden)
        return Hit(tenant, dead, told)
    if undecodable:
        return Hit(tenant, undecodable, told)
    desk = Desk(tenant, SOURCE, is_public=True, received_at=parts.now_ms())
    cookie = None
    if not (parameters.get("v") or told.get("visitor")):
        told["visitor"] = parts.new_id()
        is_private = asks_not_to_be_tracked(scope.headers)
        cookie = None if is_private else visitor_cookie(told["visitor"])
    return Hit(tenant, interaction(parameters, told, desk, raw, parts.new_id), told, cookie)


def said_beside(headers: Headers) -> dict[str, str]:
    """Fields of the interaction that the request's headers name, for an address that does not."""
    told = {}
    if page := headers.get("referer"):
        told["page"] = page[:MAX_PAGE_CHARS]
    if asks_not_to_be_tracked(headers):
        told["consent"] = Consent.DENIED.value
    elif visitor := cookie_visitor(headers):
        told["visitor"] = visitor
    return told


def interaction(
    parameters: Mapping[str, str],
    told: Mapping[str, str],
    desk: Desk,
    raw: bytes,
    new_id: Callable[[], str],
) -> Written | DeadLetter:
    """The interaction of an address whose query is `raw`; `told` fills in what it does not say."""
    if len(raw) > MAX_QUERY_BYTES:
        detail = f"expected a query of at most {MAX_QUERY_BYTES} bytes, found {len(raw)}"
        return DeadLetter(FailureReason.TOO_LARGE, detail, raw)
    fields = {**told, **fields_of(parameters)}
    if "channel" not in fields and (channel := channel_of(fields.get("page", ""))):
        fields["channel"] = channel
    kind = fields.setdefault("kind", DEFAULT_KIND)
    fields.setdefault("stage", DEFAULT_STAGES.get(kind, Stage.VISIT))
    fields.setdefault("source", desk.source)
    if "event_id" not in fields:
        fields["event_id"] = id_without_one(fields, raw, new_id)
    return write(fields, desk, raw)


def _record(parts: Parts, hit: Hit) -> Outgoing:
    if isinstance(hit.outcome, DeadLetter):
        told = {**hit.told, REQUEST: parts.new_id()}
        return parts.rejection(hit.outcome, hit.tenant, SOURCE, told)
    return Outgoing(INTERACTIONS, hit.outcome.key, hit.outcome.value)
