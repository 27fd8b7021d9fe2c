"""Bodies: within size, ratio and time; a bomb costs no more than a body."""

import asyncio
import gzip
import json
import tracemalloc
from typing import Any

import pytest

from streams.collector import body as module
from streams.collector.answers import Answer
from streams.collector.body import MAX_BODY_BYTES, MAX_DRAINED_BYTES, inflate, read_body
from tests.fakes.http import Exchange


def read(exchange: Exchange, **headers: str) -> bytes | Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return asyncio.run(read_body(named, exchange))


def refused(answer: bytes | Answer) -> tuple[int, str]:
    assert isinstance(answer, Answer)
    found: dict[str, Any] = json.loads(answer.body)
    return answer.status, found["detail"]


def test_a_body_comes_as_it_was_sent() -> None:
    assert read(Exchange(b"abc"), content_length="3") == b"abc"
    assert read(Exchange(b"abcdef", chunk_bytes=2)) == b"abcdef"
    assert read(Exchange(gzip.compress(b"abc")), content_encoding="GZIP") == b"abc"


def test_a_body_of_256_kib_is_read_and_one_byte_more_is_not() -> None:
    whole = b"a" * MAX_BODY_BYTES

    assert read(Exchange(whole)) == whole
    assert refused(read(Exchange(whole + b"a"))) == (
        413,
        "expected a body of at most 262144 bytes, found more",
    )


@pytest.mark.parametrize("length", ["262145", "9" * 40])
def test_a_length_beyond_the_limit_is_refused_whatever_comes(length: str) -> None:
    assert refused(read(Exchange(b"abc"), content_length=length))[0] == 413


@pytest.mark.parametrize("headers", [{}, {"content_length": "10000000"}])
def test_a_refused_body_is_taken_to_its_end_so_that_the_sender_sees_the_answer(
    headers: dict[str, str],
) -> None:
    exchange = Exchange(bytes(10_000_000))

    assert refused(read(exchange, **headers))[0] == 413
    assert exchange.read_bytes == 10_000_000


@pytest.mark.parametrize("headers", [{}, {"content_length": "90000000"}])
def test_a_body_without_end_is_taken_no_further_than_a_limit(headers: dict[str, str]) -> None:
    exchange = Exchange(bytes(30_000_000))

    assert refused(read(exchange, **headers))[0] == 413
    assert exchange.read_bytes <= MAX_BODY_BYTES + MAX_DRAINED_BYTES + 131_072


def test_a_body_that_does_not_come_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READ_TIMEOUT_S", 0.01)

    status, detail = refused(read(Exchange(is_stuck=True), content_length="3"))

    assert (status, detail) == (408, "expected the whole body within 0.01 s, found less")


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "\r\n"])
def test_another_encoding_than_gzip_is_refused(encoding: str) -> None:
    status, detail = refused(read(Exchange(b"abc"), content_encoding=encoding))

    assert status == 415
    assert detail.startswith("content-encoding: expected gzip or none, found ")


def test_a_bomb_is_refused_and_costs_no_more_than_a_body() -> None:
    bomb = gzip.compress(bytes(30_000_000))
    tracemalloc.start()

    status, detail = refused(inflate(bomb))

    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (status, detail) == (
        413,
        "expected a gzip body that unpacks to 262144 bytes, found more",
    )
    assert peak_bytes < 3_000_000


def test_a_small_bomb_is_refused_by_its_ratio() -> None:
    packed = gzip.compress(bytes(200_000))

    assert refused(inflate(packed)) == (
        413,
        f"expected a gzip body that unpacks to {65_536 + 10 * len(packed)} bytes, found more",
    )


def test_a_batch_of_like_events_is_no_bomb() -> None:
    batch = b"[%b]" % b",".join([b'{"visitor":"v","kind":"comment"}'] * 500)

    assert inflate(gzip.compress(batch)) == batch


@pytest.mark.parametrize(
    ("packed", "detail"),
    [
        (b"zzzz", "expected a gzip body, found one that does not unpack: Error -3"),
        (gzip.compress(b"abc" * 99)[:-9], "expected a whole gzip body, found one that ends"),
        (b"", "expected a whole gzip body, found one that ends"),
        (gzip.compress(b"abc") + b"x", "expected one gzip member, found bytes after it"),
    ],
)
def test_broken_gzip_is_refused(packed: bytes, detail: str) -> None:
    status, found = refused(inflate(packed))

    assert status == 400
    assert found.startswith(detail)
