"""Standard Webhooks: a signed `{"type", "timestamp", "data"}` as one interaction."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from streams.codec.interaction import refuse
from streams.codec.refusal import excerpt
from streams.codec.sent import FIELDS, Desk, Written, content_id, write
from streams.codec.shape import misshapen
from streams.codec.strings import nul_found
from streams.collector.acknowledging import Receipt
from streams.collector.admission import address_is_busy, too_many
from streams.collector.answers import Answer, json_answer, problem
from streams.collector.batch import unavailable
from streams.collector.body import read_body, refused_unread
from streams.collector.parts import Parts
from streams.collector.request import BodyStream, Headers, Scope, header_key, query_value
from streams.collector.webhooks.signature import Signed, mistrusted
from streams.domain.outcome import DeadLetter, FailureReason
from streams.metrics import COLLECTOR_ACCEPTED
from streams.ports.eventlog import Backpressure
from streams.topics import INTERACTIONS

SOURCE: Final = "webhook"
DELIVERY: Final = "delivery"  # what a refused delivery's id is kept as
MAX_ID_CHARS: Final = 64


async def standard_webhook(parts: Parts, scope: Scope, stream: BodyStream) -> Answer:
    """`POST /v1/webhooks/standard`: 2xx when the broker has it, 401 when the signature is wrong.

    The tenant is that of the parameter `tenant` or of a write key; only its secret's signature
    makes it true.
    """
    if busy := address_is_busy(parts, scope):
        return await refused_unread(stream, busy)
    body = await read_body(scope.headers, stream)
    if isinstance(body, Answer):
        return body
    tenant = _tenant(parts, scope)
    signed = _signed(scope.headers)
    secrets = parts.keys.webhook_secrets(tenant)
    if cause := mistrusted(signed, body, secrets, parts.now_ms()):
        return problem(401, cause)
    if wait_s := parts.key_rate.take(f"webhook of {tenant}"):
        return too_many(wait_s)
    desk = Desk(tenant, SOURCE, is_public=False, received_at=parts.now_ms())
    return await _settle(parts, desk, read_delivery(signed.id, body, desk), signed.id)


def read_delivery(delivery_id: str, body: bytes, desk: Desk) -> Written | DeadLetter:
    """The interaction of a trusted delivery; a delivery made again has the same event id."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return refuse(body, error)
    misfit = misshapen(body, found) or nul_found(body, found) or _misfit(found)
    if misfit:
        return DeadLetter(FailureReason.BAD_FIELD, misfit, body)
    data = found["data"]
    fields = {n: value for n, value in data.items() if value is not None or n not in FIELDS}
    fields.setdefault("kind", found["type"])
    fields.setdefault("source", desk.source)
    if found.get("timestamp") is not None:
        fields.setdefault("occurred_at", found["timestamp"])
    is_short = len(delivery_id) <= MAX_ID_CHARS
    fields["event_id"] = delivery_id if is_short else content_id(delivery_id.encode())
    return write(fields, desk, body)


def _misfit(found: Any) -> str | None:
    if not isinstance(found, dict):
        return f"expected an object with type, timestamp and data, found {excerpt(found)}"
    if not isinstance(found.get("type"), str):
        return f"type: expected a string, found {excerpt(found.get('type'))}"
    if not isinstance(found.get("data"), dict):
        return f"data: expected an object, found {excerpt(found.get('data'))}"
    return None


async def _settle(
    parts: Parts, desk: Desk, outcome: Written | DeadLetter, delivery_id: str
) -> Answer:
    if parts.reach.is_away:
        return unavailable(parts.reach.error)
    receipt = Receipt()
    try:
        if isinstance(outcome, DeadLetter):
            told = {DELIVERY: delivery_id}
            parts.reject(outcome, desk.tenant, desk.source, receipt, told)
        else:
            parts.outbox.publish(INTERACTIONS, outcome.key, outcome.value, receipt)
    except Backpressure as full:
        return unavailable(str(full), full.retry_after_s)
    error = await receipt.settled()
    if error is not None:
        parts.reach.failed(error)
        return unavailable(error)
    if isinstance(outcome, DeadLetter):
        return problem(400, outcome.detail, more={"reason": outcome.reason})
    COLLECTOR_ACCEPTED.labels(desk.tenant).inc()
    return json_answer(200, {"accepted": 1, "rejected": []})


def _tenant(parts: Parts, scope: Scope) -> str:
    named = query_value(scope.query_string, "tenant")
    if named:
        return named
    key = header_key(scope.headers) or query_value(scope.query_string, "key")
    holder = parts.keys.holder(key)
    return holder.tenant if holder else ""


def _signed(headers: Headers) -> Signed:
    return Signed(
        headers.get("webhook-id", ""),
        headers.get("webhook-timestamp", ""),
        headers.get("webhook-signature", ""),
    )
