"""Answers: what a request gets; a refusal is a problem detail (RFC 9457) that says what to do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, NamedTuple

import msgspec

HeaderList = list[tuple[str, str]]

RETRY_AFTER_S: Final = 5.0
ANY_ORIGIN: Final = ("access-control-allow-origin", "*")
NO_SNIFF: Final = ("x-content-type-options", "nosniff")
NO_STORE: Final = ("cache-control", "no-store")
GIF: Final = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01D\x00;"
)
GIF_HEADERS: Final[HeaderList] = [
    ("content-type", "image/gif"),
    ("cache-control", "no-store, no-cache, must-revalidate, private"),
    ("cross-origin-resource-policy", "cross-origin"),
    ANY_ORIGIN,
    NO_SNIFF,
]
JSON_HEADERS: Final[HeaderList] = [
    ("content-type", "application/json"),
    ANY_ORIGIN,
    NO_STORE,
    NO_SNIFF,
]
PROBLEM_HEADERS: Final[HeaderList] = [
    ("content-type", "application/problem+json"),
    *JSON_HEADERS[1:],
]
TEXT_HEADERS: Final[HeaderList] = [
    ("content-type", "text/plain; charset=utf-8"),
    NO_STORE,
    NO_SNIFF,
]
PREFLIGHT_HEADERS: Final[HeaderList] = [
    ANY_ORIGIN,
    ("access-control-allow-methods", "GET, POST, OPTIONS"),
    (
        "access-control-allow-headers",
        "authorization, content-encoding, content-type, x-write-key",
    ),
    ("access-control-max-age", "86400"),
]


class Answer(NamedTuple):
    """One HTTP answer."""

    status: int
    headers: HeaderList
    body: bytes


PREFLIGHT: Final = Answer(204, PREFLIGHT_HEADERS, b"")


def problem(
    status: int, detail: str, retry_after_s: float | None = None, more: Mapping[str, Any] = {}
) -> Answer:
    """A refusal; `detail` says what was expected and found, `more` are further members."""
    body = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    headers = [*PROBLEM_HEADERS, *_retry(retry_after_s)]
    return Answer(status, headers, msgspec.json.encode(body))


def gif(status: int = 200, retry_after_s: float | None = None, cookie: str | None = None) -> Answer:
    """The pixel, with its cookie when there is one to set."""
    headers = GIF_HEADERS
    if retry_after_s is not None:
        headers = [*headers, *_retry(retry_after_s)]
    if cookie is not None:
        headers = [*headers, ("set-cookie", cookie)]
    return Answer(status, headers, GIF)


def gif_head() -> Answer:
    """What is told of the pixel without sending it."""
    return Answer(200, [*GIF_HEADERS, ("content-length", str(len(GIF)))], b"")


def json_answer(status: int, found: object) -> Answer:
    """Any value as JSON."""
    return Answer(status, JSON_HEADERS, msgspec.json.encode(found))


def text(status: int, words: str) -> Answer:
    """A line of text."""
    return Answer(status, TEXT_HEADERS, words.encode())


def _retry(retry_after_s: float | None) -> HeaderList:
    return [] if retry_after_s is None else [("retry-after", str(max(1, math.ceil(retry_after_s))))]
