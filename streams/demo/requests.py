"""Requests: sendings as HTTP requests, one pixel each or batches under one key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import msgspec

from streams.demo.sendings import Sending, Way

BATCH: Final = 200
PIXEL_PATH: Final = "/p.gif"
BATCH_PATH: Final = "/v1/interactions"
PARAMETERS: Final = {
    "event_id": "id",
    "visitor": "v",
    "campaign": "c",
    "stage": "s",
    "kind": "k",
    "page": "u",
    "referrer": "r",
    "occurred_at": "t",
    "sent_at": "sent",
    "share_token": "st",
    "issued_token": "it",
}


class WriteKeys(NamedTuple):
    """The public key of browsers and the secret one of the campaign's own systems."""

    public: str
    secret: str


class Request(NamedTuple):
    """One HTTP request and how many events it carries."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    events: int


def parcels(sendings: Iterable[Sending], size: int = BATCH) -> Iterator[tuple[Sending, ...]]:
    """What goes in one request: up to `size` of one way from the same stretch of the stream.

    A pixel goes alone, and so do bytes that are no event: they would spoil the whole batch.
    """
    stream = iter(sendings)
    while stretch := tuple(islice(stream, 2 * size)):
        alone = [it for it in stretch if it.way is Way.PIXEL or it.broken is not None]
        yield from ((it,) for it in alone)
        for way in (Way.BROWSER, Way.SERVER):
            together = [it for it in stretch if it.way is way and it.broken is None]
            for start in range(0, len(together), size):
                yield tuple(together[start : start + size])


def request(parcel: Sequence[Sending], keys: WriteKeys, now_ms: int) -> Request:
    """The request of a parcel that is sent now: devices tell the time of sending by their clock."""
    first = parcel[0]
    if first.way is Way.PIXEL and first.broken is None:
        return Request("GET", _pixel(_told(first, now_ms), keys), {}, None, 1)
    body = first.broken or msgspec.json.encode([_told(it, now_ms) for it in parcel])
    key = keys.secret if first.way is Way.SERVER else keys.public
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    return Request("POST", BATCH_PATH, headers, body, len(parcel))


def _told(sending: Sending, now_ms: int) -> dict[str, Any]:
    told = dict(sending.fields)
    if sending.occurred_at is not None:
        told["occurred_at"] = sending.occurred_at
    if sending.skew_ms is not None:
        told["sent_at"] = now_ms + sending.skew_ms
    return told


def _pixel(told: dict[str, Any], keys: WriteKeys) -> str:
    """The pixel's address: fields by their short names, the channel as utm parameters."""
    fields = {PARAMETERS[name]: value for name, value in told.items() if name != "channel"}
    utm = {f"utm_{name}": value for name, value in told.get("channel", {}).items()}
    return f"{PIXEL_PATH}?{urlencode({'key': keys.public, **fields, **utm})}"
