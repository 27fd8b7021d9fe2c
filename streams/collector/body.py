"""Bodies: read within a time and a size, inflated within a ratio."""

from __future__ import annotations

import asyncio
import zlib
from typing import Final

from streams.collector.answers import Answer, problem
from streams.collector.request import BodyStream, Headers

MAX_BODY_BYTES: Final = 262_144
MAX_INFLATION: Final = 10
FREE_INFLATION_BYTES: Final = 65_536  # a small body of like events may be smaller than a tenth
READ_TIMEOUT_S: Final = 5.0
GZIP_WBITS: Final = 31

_TOO_LARGE: Final = f"expected a body of at most {MAX_BODY_BYTES} bytes, found"


async def read_body(headers: Headers, stream: BodyStream) -> bytes | Answer:
    """The body as sent, inflated when it is gzip; or the refusal."""
    encoding = str(headers.get("content-encoding", "identity")).strip().lower()
    if encoding not in ("identity", "gzip"):
        return problem(415, f"content-encoding: expected gzip or none, found {encoding[:60]!a}")
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            body = await _read(headers, stream)
    except TimeoutError:
        return problem(408, f"expected the whole body within {READ_TIMEOUT_S:g} s, found less")
    if isinstance(body, Answer) or encoding == "identity":
        return body
    return inflate(body)


def inflate(packed: bytes) -> bytes | Answer:
    """Unpack gzip; stops at the limit, so that a bomb costs no more memory than a body."""
    limit = min(MAX_BODY_BYTES, FREE_INFLATION_BYTES + MAX_INFLATION * len(packed))
    unpacker = zlib.decompressobj(GZIP_WBITS)
    try:
        body = unpacker.decompress(packed, limit + 1)
    except zlib.error as error:
        return problem(400, f"expected a gzip body, found one that does not unpack: {error}")
    if len(body) > limit:
        return problem(413, f"expected a gzip body that unpacks to {limit} bytes, found more")
    if not unpacker.eof:
        return problem(400, "expected a whole gzip body, found one that ends too early")
    if unpacker.unused_data:
        return problem(400, "expected one gzip member, found bytes after it")
    return body


async def _read(headers: Headers, stream: BodyStream) -> bytes | Answer:
    told = str(headers.get("content-length", ""))
    if told.isdecimal():
        if len(told) > 9 or int(told) > MAX_BODY_BYTES:
            return problem(413, f"{_TOO_LARGE} {told[:20]}")
        return await stream()
    chunks: list[bytes] = []
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            return problem(413, f"{_TOO_LARGE} more")
        chunks.append(chunk)
    return b"".join(chunks)
