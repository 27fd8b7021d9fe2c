"""Admission: who sends, by the write key, and whether it is not too much."""

from __future__ import annotations

from typing import Final, NamedTuple

from streams.collector.answers import Answer, problem
from streams.collector.keyring import Holder
from streams.collector.parts import Parts
from streams.collector.request import Scope, header_key, query_value, sender_address

MAX_QUERY_BYTES: Final = 8_192
SECRET_IN_ADDRESS: Final = "key: expected a public write key in an address, found a secret one"


class Admitted(NamedTuple):
    """A sender with a write key."""

    key: str
    holder: Holder


def admit(parts: Parts, scope: Scope) -> Admitted | Answer:
    """Who sends this request; 401 without a write key, 414 and 429 for too much."""
    if busy := address_is_busy(parts, scope):
        return busy
    if len(scope.query_string) > MAX_QUERY_BYTES:
        found = len(scope.query_string)
        return problem(414, f"expected a query of at most {MAX_QUERY_BYTES} bytes, found {found}")
    in_header = header_key(scope.headers)
    key = in_header or query_value(scope.query_string, "key")
    holder = parts.keys.holder(key)
    if holder is None:
        return problem(401, unknown_key(key))
    if not in_header and not holder.is_public:
        return problem(401, SECRET_IN_ADDRESS)
    return Admitted(key, holder)


def address_is_busy(parts: Parts, scope: Scope) -> Answer | None:
    """429 when too much comes from the sender's address."""
    wait_s = parts.address_rate.take(sender_address(scope, parts.proxies))
    return too_many(wait_s) if wait_s else None


def too_many(wait_s: float) -> Answer:
    """The refusal of a sender that sends too much."""
    return problem(429, f"expected fewer requests; try again in {wait_s:.1f} s", wait_s)


def unknown_key(key: str) -> str:
    """What was expected of a write key; never the key itself."""
    found = f"an unknown one of {len(key)} characters" if key else "none"
    where = "in Authorization: Bearer, X-Write-Key or the parameter key"
    return f"key: expected a write key of this collector {where}, found {found}"
