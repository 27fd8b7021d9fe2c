"""Batch: interactions as JSON: one, an array, or one per line; each gets its own verdict."""

from __future__ import annotations

from typing import Final

import msgspec

from streams.codec.sent import Desk, Reader
from streams.collector.acknowledging import Receipt
from streams.collector.admission import Admitted, admit, too_many
from streams.collector.answers import RETRY_AFTER_S, Answer, json_answer, problem
from streams.collector.body import read_body, refused_unread
from streams.collector.items import TYPES, media_type, split
from streams.collector.parts import Parts
from streams.collector.request import BodyStream, Scope
from streams.domain.outcome import DeadLetter, FailureReason
from streams.metrics import COLLECTOR_ACCEPTED
from streams.ports.eventlog import Backpressure
from streams.topics import INTERACTIONS

MAX_EVENTS: Final = 500


class Refused(msgspec.Struct, frozen=True):
    """Why the item at this place, counted from 0, was not accepted."""

    index: int
    reason: FailureReason
    detail: str


class Verdict(msgspec.Struct, frozen=True):
    """What became of the items of one request."""

    accepted: int
    rejected: list[Refused]


async def batch(parts: Parts, scope: Scope, stream: BodyStream) -> Answer:
    """`POST /v1/interactions`: 2xx when at least one item was accepted and the broker has it."""
    sender = admit(parts, scope)
    if isinstance(sender, Answer):
        return await refused_unread(stream, sender)
    media = media_type(scope.headers.get("content-type", ""))
    if media is None:
        found = scope.headers.get("content-type")[:100]
        refusal = problem(415, f"content-type: expected {' or '.join(TYPES)}, found {found!a}")
        return await refused_unread(stream, refusal)
    body = await read_body(scope.headers, stream)
    if isinstance(body, Answer):
        return body
    items = split(body, media)
    if isinstance(items, list) and len(items) > MAX_EVENTS:
        return problem(413, f"expected at most {MAX_EVENTS} interactions, found {len(items)}")
    if wait_s := parts.key_rate.take(sender.key, len(items) if isinstance(items, list) else 1):
        return too_many(wait_s)
    return await _settle(parts, sender, items)


async def _settle(parts: Parts, sender: Admitted, items: list[bytes] | DeadLetter) -> Answer:
    """Publish what came, wait for the broker, answer; at once while it is away."""
    if parts.reach.is_away:
        return unavailable(parts.reach.error)
    receipt = Receipt()
    desk = desk_of(sender, parts.now_ms())
    try:
        verdict = _publish(parts, desk, items, receipt)
    except Backpressure as full:
        return unavailable(str(full), full.retry_after_s)
    error = await receipt.settled()
    if error is not None:
        parts.reach.failed(error)
        return unavailable(error)
    return _answer(desk, verdict)


def desk_of(sender: Admitted, now_ms: int) -> Desk:
    """What the server knows of this sender's interactions."""
    tenant, is_public = sender.holder
    return Desk(tenant, "web" if is_public else "server", is_public, now_ms)


def unavailable(cause: str, retry_after_s: float = RETRY_AFTER_S) -> Answer:
    """503: the broker has not, or not surely, got all of it.

    Sending it again counts once what has an event id or a time.
    """
    return problem(503, f"expected the broker's acknowledgement, found: {cause}", retry_after_s)


def _publish(
    parts: Parts, desk: Desk, items: list[bytes] | DeadLetter, receipt: Receipt
) -> Verdict:
    """Publish each item where it belongs; a body that is no JSON is one refused item."""
    if isinstance(items, DeadLetter):
        parts.reject(items, desk.tenant, desk.source, receipt)
        return Verdict(0, [Refused(0, items.reason, items.detail)])
    read, publish = Reader(desk, parts.new_id).read, parts.outbox.publish
    rejected: list[Refused] = []
    for index, item in enumerate(items):
        outcome = read(item)
        if isinstance(outcome, DeadLetter):
            rejected.append(Refused(index, outcome.reason, outcome.detail))
            parts.reject(outcome, desk.tenant, desk.source, receipt)
        else:
            publish(INTERACTIONS, outcome.key, outcome.value, receipt)
    return Verdict(len(items) - len(rejected), rejected)


def _answer(desk: Desk, verdict: Verdict) -> Answer:
    if verdict.rejected and not verdict.accepted:
        more = msgspec.to_builtins(verdict)
        return problem(400, verdict.rejected[0].detail, more=more)
    COLLECTOR_ACCEPTED.labels(desk.tenant).inc(verdict.accepted)
    return json_answer(200, verdict)
