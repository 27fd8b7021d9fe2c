"""Pixel: one interaction from a picture's address; always a picture, and never a false 200.

Only what the HTTP server refuses before it asks us is no picture: a query with bytes that are no
UTF-8 (400, empty) and a request line beyond 64 kB (414).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from streams.codec.interaction import refuse
from streams.codec.sent import Desk, Written, id_without_one, write
from streams.collector.acknowledging import Receipt
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
from streams.domain.interaction import Consent, Stage
from streams.domain.outcome import DeadLetter, FailureReason
from streams.domain.stages import DEFAULT_STAGES
from streams.metrics import COLLECTOR_ACCEPTED
from streams.ports.eventlog import Backpressure
from streams.topics import INTERACTIONS

SOURCE: Final = "pixel"
DEFAULT_KIND: Final = "page_view"
MAX_PAGE_CHARS: Final = 2_048


class Hit(NamedTuple):
    """What one request for the pixel says, and the cookie it gets."""

    tenant: str
    outcome: Written | DeadLetter
    cookie: str | None = None


async def pixel(parts: Parts, scope: Scope, _: BodyStream) -> Answer:
    """`GET /p.gif`: 200 when the broker has what came, accepted or refused; else 429 or 503."""
    if wait_s := parts.address_rate.take(sender_address(scope, parts.proxies)):
        return gif(429, wait_s)
    hit = read_hit(parts, scope)
    if isinstance(hit, Answer):
        return hit
    receipt = Receipt()
    try:
        _publish(parts, hit, receipt)
    except Backpressure as full:
        return gif(503, full.retry_after_s)
    if await receipt.settled() is not None:
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
    holder = parts.keys.holder(key)
    if holder is None:
        return Hit("", DeadLetter(FailureReason.UNKNOWN_KEY, unknown_key(key), raw))
    if wait_s := parts.key_rate.take(key):
        return gif(429, wait_s)
    if in_address and not holder.is_public:
        hidden = raw.replace(key.encode(), b"...")
        return Hit(holder.tenant, DeadLetter(FailureReason.UNKNOWN_KEY, SECRET_IN_ADDRESS, hidden))
    if undecodable:
        return Hit(holder.tenant, undecodable)
    if len(raw) > MAX_QUERY_BYTES:
        detail = f"expected a query of at most {MAX_QUERY_BYTES} bytes, found {len(raw)}"
        return Hit(holder.tenant, DeadLetter(FailureReason.TOO_LARGE, detail, raw))
    desk = Desk(holder.tenant, SOURCE, is_public=True, received_at=parts.now_ms())
    return _interaction(parts, scope.headers, parameters, desk, raw)


def _interaction(
    parts: Parts, headers: Headers, parameters: dict[str, str], desk: Desk, raw: bytes
) -> Hit:
    fields = fields_of(parameters)
    if "page" not in fields and (page := headers.get("referer")):
        fields["page"] = page[:MAX_PAGE_CHARS]
    if "channel" not in fields and (channel := channel_of(fields.get("page", ""))):
        fields["channel"] = channel
    is_private = asks_not_to_be_tracked(headers)
    cookie = None
    if "visitor" not in fields:
        known = "" if is_private else cookie_visitor(headers)
        fields["visitor"] = known or parts.new_id()
        cookie = None if is_private or known else visitor_cookie(fields["visitor"])
    if is_private:
        fields.setdefault("consent", Consent.DENIED)
    kind = fields.setdefault("kind", DEFAULT_KIND)
    fields.setdefault("stage", DEFAULT_STAGES.get(kind, Stage.VISIT))
    fields.setdefault("source", desk.source)
    if "event_id" not in fields:
        fields["event_id"] = id_without_one(fields, raw, parts.new_id)
    return Hit(desk.tenant, write(fields, desk, raw), cookie)


def _publish(parts: Parts, hit: Hit, receipt: Receipt) -> None:
    if isinstance(hit.outcome, DeadLetter):
        parts.reject(hit.outcome, hit.tenant, SOURCE, receipt)
    else:
        parts.outbox.publish(INTERACTIONS, hit.outcome.key, hit.outcome.value, receipt)
