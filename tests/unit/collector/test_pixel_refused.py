"""Pixel: bad input is a picture and a rejection with its reason; a broker away is 503."""

import pytest

from streams.collector.answers import GIF
from streams.collector.rates import Rate
from tests.builders import T0
from tests.fakes.http import PolledLog
from tests.fakes.pixel import hit, query
from tests.fakes.write_keys import WriteKeys


@pytest.mark.parametrize(
    ("parameters", "reason", "detail"),
    [
        (
            {"t": "yesterday"},
            b"bad_field",
            b"occurred_at: expected milliseconds since 1970 or an RFC 3339 time with its zone,"
            b' found "yesterday"',
        ),
        ({"s": "like"}, b"bad_field", b"stage: expected one of visit, talk, act"),
        ({"val": "ten"}, b"bad_field", b"value_minor: expected an integer of -1000000000000000"),
        ({"v": "x" * 65}, b"bad_field", b"visitor: expected a string of 1 to 64 characters"),
        ({"u": "\0"}, b"bad_field", b"page: expected a string without NUL, found \\u0000"),
        ({"x": "a" * 9_000}, b"too_large", b"expected a query of at most 8192 bytes, found 9"),
    ],
)
def test_bad_input_is_a_rejection_with_its_bytes(
    write_keys: WriteKeys, parameters: dict[str, str], reason: bytes, detail: bytes
) -> None:
    sent = query(write_keys, **{"v": "v", **parameters})
    found = hit(write_keys, sent)
    headers = dict(found.rejection.headers)

    assert (found.answer.status, found.answer.body) == (200, GIF)
    assert found.rejection.value == sent.encode()
    assert (headers["tenant"], headers["source"]) == (b"acme", b"pixel")
    assert (headers["reason"], headers["received_at"]) == (reason, b"%d" % T0)
    assert headers["detail"].startswith(detail)


def test_escaped_bytes_that_are_no_text_are_a_rejection(write_keys: WriteKeys) -> None:
    headers = dict(hit(write_keys, f"key={write_keys.public}&v=%ff").rejection.headers)

    assert (headers["tenant"], headers["reason"]) == (b"acme", b"bad_encoding")
    assert headers["detail"] == b"expected UTF-8, found byte 0xff (invalid start byte)"


@pytest.mark.parametrize("key", ["", "key=pk_nobodys"])
def test_without_a_known_key_it_is_nobodys_rejection(write_keys: WriteKeys, key: str) -> None:
    found = hit(write_keys, f"{key}&v=v")
    headers = dict(found.rejection.headers)

    assert found.answer.status == 200
    assert (headers["tenant"], headers["reason"]) == (b"", b"unknown_key")
    assert headers["detail"].startswith(b"key: expected a write key of this collector")


def test_a_secret_key_in_an_address_is_refused_and_not_kept(write_keys: WriteKeys) -> None:
    found = hit(write_keys, f"key={write_keys.secret}&v=v")

    assert found.rejection.value == b"key=...&v=v"
    assert write_keys.secret.encode() not in b"".join(v for _, v in found.rejection.headers)


def test_without_the_brokers_acknowledgement_it_is_503(write_keys: WriteKeys) -> None:
    found = hit(write_keys, query(write_keys, v="v"), log=PolledLog(fails_from=1))

    assert (found.answer.status, found.answer.body) == (503, GIF)
    assert dict(found.answer.headers)["retry-after"] == "5"


def test_with_a_full_log_it_is_503(write_keys: WriteKeys) -> None:
    found = hit(write_keys, query(write_keys, v="v"), log=PolledLog(room=0))

    assert (found.answer.status, found.log.records) == (503, [])
    assert dict(found.answer.headers)["retry-after"] == "5"


@pytest.mark.parametrize("limited", ["key_rate", "address_rate"])
def test_too_many_requests_are_429_and_leave_nothing(write_keys: WriteKeys, limited: str) -> None:
    spent = Rate(0.1, 10, lambda: 0.0)
    assert hit(write_keys, query(write_keys, v="v"), **{limited: spent}).answer.status == 200

    found = hit(write_keys, query(write_keys, v="v"), **{limited: spent})

    assert (found.answer.status, found.log.records) == (429, [])
    assert int(dict(found.answer.headers)["retry-after"]) >= 5


def test_the_address_that_is_limited_is_the_one_the_trusted_proxy_saw(
    write_keys: WriteKeys,
) -> None:
    spent = Rate(0.1, 10, lambda: 0.0)
    statuses = [
        hit(
            write_keys,
            query(write_keys, v="v"),
            {"x-forwarded-for": forwarded},
            address_rate=spent,
            proxies=1,
        ).answer.status
        for forwarded in ("1.1.1.1, 9.9.9.9", "2.2.2.2, 9.9.9.9", "8.8.8.8")
    ]

    assert statuses == [200, 429, 200]


def test_no_address_is_kept(write_keys: WriteKeys) -> None:
    for sent in (query(write_keys, v="v"), "v=v"):
        (record,) = hit(write_keys, sent).log.records
        assert b"203.0.113.7" not in record.value + repr(record.headers).encode()
