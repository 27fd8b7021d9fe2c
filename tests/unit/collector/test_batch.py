"""Batch: every item gets its verdict; whole requests are refused with a problem detail."""

import asyncio
import gzip
import json
from typing import Any, NamedTuple

import pytest

from streams.codec.interaction import decode
from streams.collector.answers import Answer
from streams.collector.batch import batch
from streams.collector.rates import Rate
from streams.domain.outcome import Accepted
from tests.builders import T0
from tests.fakes.http import Exchange, PolledLog, Request, parts
from tests.fakes.write_keys import WriteKeys

GOOD = b'{"visitor":"v","kind":"comment"}'
BAD = b'{"visitor":7,"kind":"comment"}'
WHY = "visitor: expected a string of 1 to 64 characters, found 7"


class Post(NamedTuple):
    """What one request got, and what it left in the log."""

    answer: Answer
    log: PolledLog

    @property
    def found(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.answer.body)
        return body

    @property
    def detail(self) -> str:
        assert dict(self.answer.headers)["content-type"] == "application/problem+json"
        assert self.found["status"] == self.answer.status
        return str(self.found["detail"])


def post(
    keys: WriteKeys,
    body: bytes,
    *,
    key: str | None = None,
    query: str = "",
    log: PolledLog | None = None,
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
    **given: Any,
) -> Post:
    used = log or PolledLog()
    named = {"x-write-key": keys.public if key is None else key, "content-type": content_type}

    async def act() -> Answer:
        request = Request("/v1/interactions", query, "POST", headers=named | (headers or {}))
        return await batch(parts(keys.ring, used, **given), request, Exchange(body))

    return Post(asyncio.run(act()), used)


def test_one_object_is_one_interaction(write_keys: WriteKeys) -> None:
    done = post(write_keys, GOOD)

    assert (done.answer.status, done.found) == (200, {"accepted": 1, "rejected": []})
    (record,) = done.log.records
    assert record.topic == "interactions"
    assert isinstance(decode(record.key, record.value), Accepted)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"[%b,%b]" % (GOOD, GOOD), "application/json"),
        (b" [ %b , %b ] " % (GOOD, GOOD), "application/json; charset=utf-8"),
        (GOOD + b"\n" + GOOD, "application/x-ndjson"),
        (GOOD + b"\r\n\r\n" + GOOD + b"\n", "application/json"),
        (b"[%b,%b]" % (GOOD, GOOD), "text/plain;charset=UTF-8"),
        (b"[%b,%b]" % (GOOD, GOOD), ""),
    ],
)
def test_an_array_and_lines_are_many(write_keys: WriteKeys, body: bytes, content_type: str) -> None:
    done = post(write_keys, body, content_type=content_type)

    assert done.found == {"accepted": 2, "rejected": []}
    assert len(done.log.values("interactions")) == 2


def test_gzip_is_inflated(write_keys: WriteKeys) -> None:
    done = post(write_keys, gzip.compress(GOOD), headers={"content-encoding": "gzip"})

    assert done.found == {"accepted": 1, "rejected": []}


def test_each_refused_item_is_told_and_kept_with_its_own_bytes(write_keys: WriteKeys) -> None:
    done = post(write_keys, b"[%b, %b ,7]" % (BAD, GOOD))

    assert done.answer.status == 200
    assert done.found == {
        "accepted": 1,
        "rejected": [
            {"index": 0, "reason": "bad_field", "detail": WHY},
            {"index": 2, "reason": "bad_field", "detail": "expected an object, found 7"},
        ],
    }
    assert done.log.values("rejections") == [BAD, b"7"]
    assert len(done.log.values("interactions")) == 1


def test_a_broken_line_spoils_no_other(write_keys: WriteKeys) -> None:
    done = post(write_keys, GOOD + b"\nnope\n" + GOOD, content_type="application/x-ndjson")

    assert done.found["accepted"] == 2
    assert done.log.values("rejections") == [b"nope"]


def test_when_nothing_is_accepted_it_is_400_with_the_first_reason(write_keys: WriteKeys) -> None:
    done = post(write_keys, BAD)

    assert (done.answer.status, done.detail) == (400, WHY)
    assert done.found["rejected"] == [{"index": 0, "reason": "bad_field", "detail": WHY}]
    assert done.log.values("rejections") == [BAD]


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        (b"", "empty", "expected a JSON object, an array of them or one per line, found an empty"),
        (b" \n ", "empty", "expected a JSON object, an array of them"),
        (b"nope", "bad_json", "expected a JSON object, found nope: JSON is malformed"),
        (b'{"visitor":NaN}', "bad_json", 'expected a JSON object, found {"visitor":NaN}: JSON'),
        (b'[{"visitor":"v"', "bad_json", 'expected a JSON object, found [{"visitor":"v": Input'),
        (b'{"visitor":"\xff"}', "bad_encoding", "expected UTF-8, found byte 0xff"),
        (b"\xff\xfe", "bad_encoding", "expected UTF-8, found byte 0xff"),
        (b"[" * 99_999, "bad_json", "expected a flat JSON object, found one nested too deep"),
    ],
)
def test_a_body_that_is_no_json_is_400_and_a_rejection(
    write_keys: WriteKeys, body: bytes, reason: str, detail: str
) -> None:
    done = post(write_keys, body)
    (record,) = done.log.records

    assert done.answer.status == 400
    assert done.detail.startswith(detail)
    assert (record.topic, record.value) == ("rejections", body.strip())
    assert dict(record.headers)["reason"] == reason.encode()


def test_an_empty_array_is_nothing_and_fine(write_keys: WriteKeys) -> None:
    assert post(write_keys, b"[]").found == {"accepted": 0, "rejected": []}


def test_five_hundred_are_read_and_one_more_is_not(write_keys: WriteKeys) -> None:
    done = post(write_keys, b"[%b]" % b",".join([GOOD] * 500))
    assert done.found["accepted"] == 500

    refused = post(write_keys, b"[%b]" % b",".join([GOOD] * 501))
    assert refused.answer.status == 413
    assert refused.detail == "expected at most 500 interactions, found 501"
    assert refused.log.records == []


def test_ten_megabytes_are_refused(write_keys: WriteKeys) -> None:
    done = post(write_keys, bytes(10_000_000))

    assert (done.answer.status, done.log.records) == (413, [])


@pytest.mark.parametrize("key", ["", "pk_nobodys"])
def test_without_a_known_key_it_is_401_and_nothing_is_kept(write_keys: WriteKeys, key: str) -> None:
    done = post(write_keys, GOOD, key=key)

    assert (done.answer.status, done.log.records) == (401, [])
    assert done.detail.startswith("key: expected a write key of this collector")
    assert "nobodys" not in done.detail


def test_a_public_key_may_stand_in_the_address_and_a_secret_one_may_not(
    write_keys: WriteKeys,
) -> None:
    assert post(write_keys, GOOD, key="", query=f"key={write_keys.public}").answer.status == 200

    refused = post(write_keys, GOOD, key="", query=f"key={write_keys.secret}")
    assert (refused.answer.status, refused.log.records) == (401, [])


def test_a_query_beyond_8_kib_is_414(write_keys: WriteKeys) -> None:
    assert post(write_keys, GOOD, query="x" * 8_193).answer.status == 414


@pytest.mark.parametrize("content_type", ["image/png", "multipart/form-data", "text/html", "é"])
def test_another_media_type_is_415(write_keys: WriteKeys, content_type: str) -> None:
    done = post(write_keys, GOOD, content_type=content_type)

    assert (done.answer.status, done.log.records) == (415, [])
    assert done.detail.startswith("content-type: expected application/json or ")


def test_without_every_acknowledgement_it_is_503(write_keys: WriteKeys) -> None:
    done = post(write_keys, b"[%b,%b,%b]" % (GOOD, BAD, GOOD), log=PolledLog(fails_from=3))

    assert done.answer.status == 503
    assert done.detail == "expected the broker's acknowledgement, found: no broker"
    assert dict(done.answer.headers)["retry-after"] == "5"


def test_a_log_that_is_full_midway_is_503(write_keys: WriteKeys) -> None:
    done = post(write_keys, b"[%b,%b]" % (GOOD, GOOD), log=PolledLog(room=1))

    assert done.answer.status == 503
    assert dict(done.answer.headers)["retry-after"] == "1"


def test_a_retry_counts_once_by_its_time(write_keys: WriteKeys) -> None:
    log = PolledLog()
    for _ in range(2):
        post(write_keys, b'{"visitor":"v","kind":"donation","occurred_at":%d}' % T0, log=log)

    first, second = (decode(record.key, record.value) for record in log.records)
    assert first == second


def test_the_same_words_said_twice_without_a_time_are_two_interactions(
    write_keys: WriteKeys,
) -> None:
    done = post(write_keys, b"[%b,%b]" % (GOOD, GOOD))

    ids = [json.loads(record.value)["event_id"] for record in done.log.records]
    assert ids == ["new-1", "new-2"]


def test_too_many_interactions_of_one_key_are_429(write_keys: WriteKeys) -> None:
    rate = Rate(10, 1, lambda: 0.0)
    post(write_keys, b"[%b]" % b",".join([GOOD] * 50), key_rate=rate)

    done = post(write_keys, GOOD, key_rate=rate)

    assert (done.answer.status, done.log.records) == (429, [])
    assert int(dict(done.answer.headers)["retry-after"]) >= 4


def test_too_many_requests_of_one_address_are_429(write_keys: WriteKeys) -> None:
    rate = Rate(0.1, 10, lambda: 0.0)
    statuses = [
        post(write_keys, GOOD, key="pk_guess", address_rate=rate).answer.status for _ in range(2)
    ]

    assert statuses == [401, 429]
