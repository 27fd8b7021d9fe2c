"""Bodies: read within a time and a size, inflated within a ratio."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import AsyncIterable, AsyncIterator
from typing import Final

from streams.collector.answers import Answer, problem
from streams.collector.request import BodyStream, Headers

MAX_BODY_BYTES: Final = 262_144
MAX_INFLATION: Final = 10
FREE_INFLATION_BYTES: Final = 65_536  # a small body of like events may be smaller than a tenth
READ_TIMEOUT_S: Final = 5.0
MAX_DRAINED_BYTES: Final = 16_777_216
GZIP_WBITS: Final = 31

_TOO_LARGE: Final = f"expected a body of at most {MAX_BODY_BYTES} bytes, found"


async def read_body(headers: Headers, stream: BodyStream) -> bytes | Answer:
    """The body as sent, inflated when it is gzip; or the refusal."""
    encoding = str(headers.get("content-encoding", "identity")).strip().lower()
    if encoding not in ("identity", "gzip"):
        refusal = problem(415, f"content-encoding: expected gzip or none, found {encoding[:60]!a}")
        return await refused_unread(stream, refusal)
    told = str(headers.get("content-length", ""))
    if told.isdecimal() and (len(told) > 9 or int(told) > MAX_BODY_BYTES):
        return await refused_unread(stream, problem(413, f"{_TOO_LARGE} {told[:20]}"))
    try:
        body = await _read_in_time(stream, is_told=told.isdecimal())
    except TimeoutError:
        return problem(408, f"expected the whole body within {READ_TIMEOUT_S:g} s, found less")
    if isinstance(body, Answer) or encoding == "identity":
        return body
    return inflate(body)


async def refused_unread(chunks: AsyncIterable[bytes], answer: Answer) -> Answer:
    """The answer, once what was being sent is thrown away.

    A sender that is cut off while it writes often never sees the answer. Bounded in size and time.
    """
    drained = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(READ_TIMEOUT_S):
            async for chunk in chunks:
                drained += len(chunk)
                if drained > MAX_DRAINED_BYTES:
                    break
    return answer


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


async def _read_in_time(stream: BodyStream, *, is_told: bool) -> bytes | Answer:
    """The body; of one whose length is not told no more than a body may have."""
    if is_told:
        async with asyncio.timeout(READ_TIMEOUT_S):
            return await stream()
    chunks = _chunks(stream)  # the same one to the end: a body can be begun but once
    joined = bytearray()
    async with asyncio.timeout(READ_TIMEOUT_S):
        async for chunk in chunks:
            joined += chunk
            if len(joined) > MAX_BODY_BYTES:
                break
        else:
            return bytes(joined)
    return await refused_unread(chunks, problem(413, f"{_TOO_LARGE} more"))


async def _chunks(stream: BodyStream) -> AsyncIterator[bytes]:
    async for chunk in stream:
        yield chunk
