"""The demo's requests: what is sent how, and what a busy or absent collector means."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from streams.demo.delivery import Answer, DeliveryError, Line, deliver
from streams.demo.requests import Request, WriteKeys, parcels, request
from streams.demo.sendings import Sending, Way
from streams.settings import Settings

KEYS = WriteKeys("pk_1", "sk_1")
NOW = 1_795_575_600_000
FIELDS = {"event_id": "e1", "visitor": "v1", "stage": "visit", "kind": "page_view"}


def sending(way: Way = Way.BROWSER, **changes: Any) -> Sending:
    return Sending(NOW, way, FIELDS)._replace(**changes)


def test_a_pixel_tells_the_fields_by_their_short_names() -> None:
    channel = {"source": "mail", "campaign": "river"}
    sent = sending(
        Way.PIXEL, fields=FIELDS | {"page": "https://a.example/?x=1", "channel": channel}
    )
    found = request([sent], KEYS, NOW)
    address = urlsplit(found.path)
    assert (found.method, address.path, found.body) == ("GET", "/p.gif", None)
    assert parse_qs(address.query) == {
        "key": ["pk_1"],
        "id": ["e1"],
        "v": ["v1"],
        "s": ["visit"],
        "k": ["page_view"],
        "u": ["https://a.example/?x=1"],
        "utm_source": ["mail"],
        "utm_campaign": ["river"],
    }


def test_a_device_tells_the_time_of_sending_by_its_own_clock() -> None:
    found = request([sending(occurred_at=NOW - 9, skew_ms=-500)], KEYS, NOW + 70)
    assert json.loads(found.body or b"") == [
        FIELDS | {"occurred_at": NOW - 9, "sent_at": NOW + 70 - 500}
    ]


@pytest.mark.parametrize(("way", "key"), [(Way.BROWSER, "pk_1"), (Way.SERVER, "sk_1")])
def test_a_batch_goes_under_the_key_of_its_way(way: Way, key: str) -> None:
    found = request([sending(way), sending(way)], KEYS, NOW)
    assert (found.method, found.path, found.events) == ("POST", "/v1/interactions", 2)
    assert found.headers["Authorization"] == f"Bearer {key}"


def test_broken_bytes_go_as_they_are() -> None:
    assert request([sending(Way.PIXEL, broken=b'{"a')], KEYS, NOW).body == b'{"a'


def test_parcels_hold_one_way_and_pixels_and_broken_bytes_go_alone() -> None:
    pixel, browser, server = (sending(way) for way in Way)
    broken = sending(broken=b"{")
    found = list(parcels([browser, pixel, server, broken, browser], size=10))
    assert found == [(pixel,), (broken,), (browser, browser), (server,)]


def test_parcels_lose_nothing_and_are_no_larger_than_asked() -> None:
    stream = [sending(list(Way)[n % 3], due_ms=n) for n in range(1000)]
    found = list(parcels(stream, size=7))
    assert max(map(len, found)) <= 7
    assert sorted(it.due_ms for parcel in found for it in parcel) == list(range(1000))


class Collector(ThreadingHTTPServer):
    """Answers what it is told to, then 202; remembers the bodies that it took."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.first: list[int | None] = []  # None: hang up
        self.taken: list[bytes] = []
        self.lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            status = self.server.first.pop(0) if self.server.first else 202
            if status == 202:
                self.server.taken.append(body)
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.send_header("Retry-After", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def settings(collector: Collector) -> Settings:
    return Settings(collector_port=collector.server_address[1])


@pytest.mark.parametrize("trouble", [[503, 429], [None], [503, None, 503]])
def test_a_busy_collector_is_asked_again(collector: Collector, trouble: list[int | None]) -> None:
    collector.first = trouble
    line = Line(settings(collector))
    answer = line.send(Request("POST", "/v1/interactions", {}, b"[]", 3))
    line.close()
    assert answer == Answer(202, b"", 3)
    assert collector.taken == [b"[]"]


def test_a_refusal_is_an_answer_and_not_repeated(collector: Collector) -> None:
    collector.first = [400]
    line = Line(settings(collector))
    assert line.send(Request("POST", "/", {}, b"{", 1)).status == 400
    line.close()
    assert collector.taken == []


def test_a_collector_that_stays_away_is_an_error_that_says_where(collector: Collector) -> None:
    line = Line(settings(collector), patience_s=0)
    collector.first = [503] * 3
    with pytest.raises(
        DeliveryError, match=rf"127.0.0.1:{collector.server_address[1]} took nothing"
    ):
        line.send(Request("POST", "/", {}, b"[]", 1))
    line.close()


def test_all_sendings_are_delivered_once_and_counted(collector: Collector) -> None:
    stream = [sending(fields=FIELDS | {"event_id": str(n)}) for n in range(5_000)]
    counted: list[int] = []
    deliver(settings(collector), KEYS, stream, lambda answer: counted.append(answer.events))
    ids = [it["event_id"] for body in collector.taken for it in json.loads(body)]
    assert sorted(map(int, ids)) == list(range(5_000))
    assert sum(counted) == 5_000


def test_what_fails_in_one_connection_ends_the_delivery(collector: Collector) -> None:
    def fail(answer: Answer) -> None:
        raise RuntimeError("the bar broke")

    with pytest.raises(RuntimeError, match="the bar broke"):
        deliver(settings(collector), KEYS, [sending()] * 50_000, fail)
    assert len(collector.taken) < 100
