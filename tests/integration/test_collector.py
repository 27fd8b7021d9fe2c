"""The collector on a real broker: what it says 2xx to is in the topic, and nothing else is."""

from __future__ import annotations

import gzip
import json
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from streams.codec.interaction import decode
from streams.collector.answers import GIF
from streams.collector.keys import add_key, rotate_webhook_secret
from streams.collector.webhooks.signature import sign
from streams.domain.interaction import Interaction
from streams.domain.outcome import Accepted
from streams.embedded.processes import Child
from streams.eventlog.reading import LogRecord, read_topic
from streams.settings import Settings
from streams.topics import INTERACTIONS, REJECTIONS
from tests.processes import wait_until
from tests.senders import ask, say

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("collector")]

GOOD = b'{"visitor":"v","kind":"comment"}'


def new_key(settings: Settings, tenant: str, kind: str = "public") -> str:
    """A write key that the running collector knows."""
    key = add_key(settings.keys_file, tenant, kind)
    known = {"x-write-key": key}
    wait_until(lambda: ask(settings, "/v1/interactions", b"[]", known).status == 200)
    return key


def accepted(settings: Settings, tenant: str) -> list[Interaction]:
    """The tenant's interactions in the topic."""
    outcomes = [decode(record.key, record.value) for record in read_topic(settings, INTERACTIONS)]
    found = [outcome.interaction for outcome in outcomes if isinstance(outcome, Accepted)]
    return [each for each in found if each.tenant == tenant]


def rejections(settings: Settings, tenant: str) -> list[LogRecord]:
    """The tenant's rejections in the topic."""
    wanted = ("tenant", tenant.encode())
    return [each for each in read_topic(settings, REJECTIONS) if wanted in each.headers]


def reasons(records: Sequence[LogRecord]) -> list[bytes]:
    return [dict(record.headers)["reason"] for record in records]


def test_a_pixel_is_in_the_topic_when_it_is_answered(settings: Settings) -> None:
    key = new_key(settings, "t-pixel")

    reply = ask(
        settings, f"/p.gif?key={key}&v=v&c=c&utm_source=mail", headers={"Referer": "https://x/"}
    )

    (found,) = accepted(settings, "t-pixel")
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, GIF, "image/gif")
    assert "no-store" in reply.headers["cache-control"]
    assert (found.visitor, found.campaign, found.kind) == ("v", "c", "page_view")
    assert (found.page, found.channel.source, found.source) == ("https://x/", "mail", "pixel")
    assert abs(found.received_at - time.time() * 1000) < 60_000


def test_the_head_of_a_pixel_is_answered_without_a_body(settings: Settings) -> None:
    key = new_key(settings, "t-head")
    request = f"HEAD /p.gif?key={key}&v=v HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    head, _, body = say(settings, request.encode(), 5).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200")
    assert b"content-type: image/gif" in head
    assert head.count(b"content-length: %d" % len(GIF)) == 1
    assert body == b""
    assert accepted(settings, "t-head") == []


def test_a_browser_keeps_its_visitor_by_the_cookie(settings: Settings) -> None:
    key = new_key(settings, "t-cookie")

    cookie = ask(settings, f"/p.gif?key={key}").headers["set-cookie"]
    again = ask(settings, f"/p.gif?key={key}", headers={"Cookie": cookie.partition(";")[0]})

    first, second = accepted(settings, "t-cookie")
    assert first.visitor == second.visitor
    assert first.event_id != second.event_id
    assert "set-cookie" not in again.headers
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))


def test_a_batch_is_in_the_topic_and_its_refused_items_are_rejections(settings: Settings) -> None:
    secret = new_key(settings, "t-batch", "secret")
    items = [
        {"visitor": f"v{number}", "kind": "comment", "source": "crm", "tenant": "evil", "x": number}
        for number in range(100)
    ]
    body = gzip.compress(json.dumps([*items, {"visitor": 7}]).encode())
    headers = {"Authorization": f"Bearer {secret}", "Content-Encoding": "gzip"}

    reply = ask(settings, "/v1/interactions", body, headers)

    verdict = json.loads(reply.body)
    assert (reply.status, verdict["accepted"]) == (200, 100)
    assert [each["index"] for each in verdict["rejected"]] == [100]
    found = accepted(settings, "t-batch")
    assert {each.visitor for each in found} == {f"v{number}" for number in range(100)}
    assert {each.source for each in found} == {"crm"}
    assert [each.value for each in rejections(settings, "t-batch")] == [b'{"visitor": 7}']
    assert accepted(settings, "evil") == []


def test_a_webhook_is_in_the_topic_and_a_forged_one_is_not(settings: Settings) -> None:
    secret = rotate_webhook_secret(settings.keys_file, "t-webhook")
    body = json.dumps({"type": "donation", "data": {"visitor": "v"}}).encode()
    now_s = int(time.time())
    signed = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(now_s),
        "webhook-signature": sign(secret, "msg_1", now_s, body),
    }
    path = "/v1/webhooks/standard?tenant=t-webhook"
    wait_until(lambda: ask(settings, path, body, signed).status == 200)

    forged = ask(settings, path, body + b" ", signed)

    assert forged.status == 401
    assert forged.detail.startswith(
        "webhook-signature: expected one made with this tenant's secret"
    )
    assert {each.event_id for each in accepted(settings, "t-webhook")} == {"msg_1"}


@pytest.mark.parametrize(
    ("body", "headers", "status", "detail"),
    [
        (b'{"visitor":"\xff"}', {}, 400, "expected UTF-8, found byte 0xff"),
        (b'{"visitor":"v","kind":"comment","x":NaN}', {}, 400, "expected a JSON object, found"),
        (b"a" * 10_000_000, {}, 413, "expected a body of at most 262144 bytes, found 10000000"),
        (b"[" * 100_000, {}, 400, "expected a flat JSON object, found one nested too deep"),
        (b'{"x":' + b"[" * 11 + b"]" * 11 + b"}", {}, 400, "expected at most 10 levels"),
        (b'{"visitor":7,"kind":"comment"}', {}, 400, "visitor: expected a string of 1 to 64"),
        (b"", {}, 400, "expected a JSON object, an array of them or one per line, found an empty"),
        (GOOD, {"X-Write-Key": "pk_nobodys"}, 401, "key: expected a write key of this collector"),
        (GOOD, {"Content-Type": "image/png"}, 415, "content-type: expected application/json or"),
        (GOOD, {"Content-Encoding": "br"}, 415, "content-encoding: expected gzip or none"),
        (b"zzzz", {"Content-Encoding": "gzip"}, 400, "expected a gzip body, found one that does"),
        (gzip.compress(bytes(10_000_000)), {"Content-Encoding": "gzip"}, 413, "expected a gzip"),
    ],
)
def test_bad_input_is_a_4xx_that_says_what_was_expected_and_found(
    settings: Settings, body: bytes, headers: dict[str, str], status: int, detail: str
) -> None:
    key = new_key(settings, "t-bad")

    reply = ask(settings, "/v1/interactions", body, {"X-Write-Key": key, **headers})

    assert reply.status == status
    assert reply.detail.startswith(detail)
    assert accepted(settings, "t-bad") == []


def test_bad_input_of_a_pixel_is_a_picture_and_a_rejection(settings: Settings) -> None:
    key = new_key(settings, "t-bad-pixel")
    bad = [f"key={key}&v=v&t=noon", f"key={key}&v=%ff", f"key={key}&v=v&x={'a' * 8_200}"]

    replies = [ask(settings, f"/p.gif?{query}") for query in bad]

    assert [(reply.status, reply.body) for reply in replies] == [(200, GIF)] * 3
    found = rejections(settings, "t-bad-pixel")
    assert [each.value for each in found] == [query.encode() for query in bad]
    assert reasons(found) == [b"bad_field", b"bad_encoding", b"too_large"]


def test_heads_that_are_no_http_are_refused(settings: Settings) -> None:
    long_header = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 17_000 + b"\r\n\r\n"

    assert say(settings, long_header, 5).startswith(b"HTTP/1.1 431")
    assert say(settings, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 5).startswith(b"HTTP/1.1 400")


def test_a_body_that_never_ends_is_a_timeout_and_frees_its_connection(settings: Settings) -> None:
    key = new_key(settings, "t-slow")
    head = f"POST /v1/interactions?key={key} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    started_s = time.monotonic()

    answered = say(settings, head.encode() + b"{", 20)

    assert answered.startswith(b"HTTP/1.1 408")
    assert 4 < time.monotonic() - started_s < 19


def test_a_body_in_chunks_is_read_and_one_without_end_is_not(settings: Settings) -> None:
    key = new_key(settings, "t-chunked")
    head = (
        f"POST /v1/interactions?key={key} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    ).encode()
    whole = b"%x\r\n%b\r\n0\r\n\r\n" % (len(GOOD), GOOD)
    chunk = b"%x\r\n%b\r\n" % (65_536, b"a" * 65_536)

    assert say(settings, head + whole, 10).startswith(b"HTTP/1.1 200")
    assert say(settings, head + chunk * 5, 10).startswith(b"HTTP/1.1 413")


def test_a_thousand_bombs_leave_the_memory_as_it_was(settings: Settings, collector: Child) -> None:
    key = new_key(settings, "t-bombs")
    bomb = gzip.compress(bytes(10_000_000))
    headers = {"X-Write-Key": key, "Content-Encoding": "gzip"}

    def rss_bytes() -> int:
        pages = Path(f"/proc/{collector.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def throw(count: int) -> set[int]:
        return {ask(settings, "/v1/interactions", bomb, headers).status for _ in range(count)}

    assert throw(50) == {413}
    before = rss_bytes()
    with ThreadPoolExecutor(8) as pool:
        assert set().union(*pool.map(throw, [125] * 8)) == {413}
    assert rss_bytes() - before < 40_000_000


def test_many_senders_at_once_lose_nothing(settings: Settings) -> None:
    key = new_key(settings, "t-many")

    def send(number: int) -> int:
        return ask(settings, f"/p.gif?key={key}&v=v{number % 10}&id=e{number}").status

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(send, range(400)))

    assert statuses == [200] * 400
    assert {each.event_id for each in accepted(settings, "t-many")} == {
        f"e{number}" for number in range(400)
    }


def test_metrics_count_what_was_accepted(settings: Settings) -> None:
    key = new_key(settings, "t-metrics")
    for _ in range(3):
        ask(settings, f"/p.gif?key={key}&v=v")

    metrics = ask(settings, "/metrics").body.decode()

    assert 'stepthree_collector_accepted_total{tenant="t-metrics"} 3.0' in metrics
