"""Requests: what handlers need of an RSGI scope; where its write key and its sender are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl

BEARER: Final = "bearer "


class Headers(Protocol):
    """Header values by lower-case name."""

    def get(self, key: str, default: Any = None) -> Any: ...


class Scope(Protocol):
    """One request's head; `client` is `address:port`."""

    client: str
    method: str
    path: str
    query_string: str

    @property
    def headers(self) -> Headers: ...


class BodyStream(Protocol):
    """One request's body: awaited whole when its length is told, else in chunks."""

    async def __call__(self) -> bytes: ...

    def __aiter__(self) -> AsyncIterator[bytes]: ...


def header_key(headers: Headers) -> str:
    """The write key of `Authorization: Bearer` or `X-Write-Key`; empty when there is none."""
    authorization: str = headers.get("authorization", "")
    if authorization[: len(BEARER)].lower() == BEARER:
        return authorization[len(BEARER) :].strip()
    found: str = headers.get("x-write-key", "")
    return found


def query_value(query: str, name: str) -> str:
    """One parameter of a query string; empty when there is none."""
    return next((value for found, value in parse_qsl(query) if found == name), "")


def sender_address(scope: Scope, proxies: int) -> str:
    """Who sent this, for the rate limit and nothing else.

    Behind `proxies` trusted proxies that is the entry of X-Forwarded-For that the outermost of
    them wrote; entries further left are the sender's own claims.
    """
    if proxies:
        entries = str(scope.headers.get("x-forwarded-for", "")).split(",")
        if len(entries) >= proxies:
            return entries[-proxies].strip()
    return scope.client.rpartition(":")[0]
