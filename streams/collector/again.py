"""Again: a request that was refused, read once more at the door where it came in.

What a fresh id would be made for has one made of the request's, else of the letter's place, so that
it is the same interaction however often it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Final, NamedTuple

from streams.codec.interaction import refuse
from streams.codec.sent import Desk, Reader, Written, content_id
from streams.collector.admission import SECRET_IN_ADDRESS, unknown_key
from streams.collector.items import split
from streams.collector.keyring import Holder
from streams.collector.pixel import REQUEST, interaction
from streams.collector.pixel import SOURCE as PIXEL
from streams.collector.query import parse_query
from streams.collector.webhooks.standard import DELIVERY, read_delivery
from streams.collector.webhooks.standard import SOURCE as WEBHOOK
from streams.domain.outcome import DeadLetter, FailureReason

WEB: Final = "web"
SERVER: Final = "server"

FindHolder = Callable[[str], Holder | None]


class Refused(NamedTuple):
    """What the log keeps of a refused request; `id` names its place, `received_at` in ms."""

    id: str
    tenant: str
    source: str
    received_at: int
    original: bytes
    reason: str
    told: Mapping[str, str]


def read_again(refused: Refused, holder: FindHolder) -> list[Written] | DeadLetter | None:
    """Its interactions, all of them, or why it has none; None for what no door here refused."""
    new_id = _ids(refused.told.get(REQUEST, refused.id))
    if refused.source == PIXEL:
        return _pixel(refused, holder, new_id)
    if refused.source in (WEB, SERVER):
        return _items(refused, new_id)
    if refused.source == WEBHOOK:
        delivery = refused.told.get(DELIVERY) or new_id()
        return _one(read_delivery(delivery, refused.original, _desk(refused, is_public=False)))
    return None


def _pixel(
    refused: Refused, holder: FindHolder, new_id: Callable[[], str]
) -> list[Written] | DeadLetter:
    try:
        parameters = parse_query(refused.original.decode("utf-8", "surrogateescape"))
    except UnicodeDecodeError as error:
        return refuse(refused.original, error)
    key = parameters.get("key", "")
    found = holder(key)
    if _is_secret(refused, found):
        return DeadLetter(FailureReason.UNKNOWN_KEY, SECRET_IN_ADDRESS, refused.original)
    tenant = refused.tenant or (found.tenant if found else "")
    if not tenant:
        return DeadLetter(FailureReason.UNKNOWN_KEY, unknown_key(key), refused.original)
    told = {name: said for name, said in refused.told.items() if name != REQUEST}
    if not parameters.get("v"):
        told.setdefault("visitor", new_id())
    desk = Desk(tenant, PIXEL, is_public=True, received_at=refused.received_at)
    return _one(interaction(parameters, told, desk, refused.original, new_id))


def _is_secret(refused: Refused, found: Holder | None) -> bool:
    """Is or was the key in the address a secret one?

    Its letter has the holder's tenant and no longer the key; a key that nobody held has no tenant.
    """
    was_held = bool(refused.tenant) and refused.reason == FailureReason.UNKNOWN_KEY
    return was_held or (found is not None and not found.is_public)


def _items(refused: Refused, new_id: Callable[[], str]) -> list[Written] | DeadLetter:
    items = split(refused.original, "")
    if isinstance(items, DeadLetter):
        return items
    reader = Reader(_desk(refused, is_public=refused.source == WEB), new_id)
    read = [reader.read(item) for item in items]
    failed = next((each for each in read if isinstance(each, DeadLetter)), None)
    return failed or [each for each in read if isinstance(each, Written)]


def _one(outcome: Written | DeadLetter) -> list[Written] | DeadLetter:
    return outcome if isinstance(outcome, DeadLetter) else [outcome]


def _desk(refused: Refused, *, is_public: bool) -> Desk:
    return Desk(refused.tenant, refused.source, is_public, refused.received_at)


def _ids(id: str) -> Callable[[], str]:
    """One id after the other, the same ones each time."""
    numbers = count()
    return lambda: content_id(f"{id}:{next(numbers)}".encode())
