"""Privacy: what a browser asks for is done before anything is kept."""

from __future__ import annotations

from typing import Final

from streams.collector.request import Headers

VISITOR_COOKIE: Final = "stepthree_visitor"
VISITOR_MAX_CHARS: Final = 64
COOKIE_AGE_S: Final = (
    34_128_000  # 395 days: longer than the longest window, shorter than browsers' cap
)


def asks_not_to_be_tracked(headers: Headers) -> bool:
    """Global Privacy Control or Do Not Track."""
    return "1" in (headers.get("sec-gpc"), headers.get("dnt"))


def cookie_visitor(headers: Headers) -> str:
    """The visitor of our first-party cookie; empty when there is none that can be ours."""
    for pair in str(headers.get("cookie", "")).split(";"):
        name, _, value = pair.strip().partition("=")
        if name == VISITOR_COOKIE and len(value) <= VISITOR_MAX_CHARS:
            return value
    return ""


def visitor_cookie(visitor: str) -> str:
    """The Set-Cookie value that makes a browser this visitor."""
    rules = f"Max-Age={COOKIE_AGE_S}; Path=/; Secure; HttpOnly; SameSite=Lax"
    return f"{VISITOR_COOKIE}={visitor}; {rules}"
