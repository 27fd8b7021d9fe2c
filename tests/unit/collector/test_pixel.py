"""Pixel: always a picture; what it says is an interaction, or a rejection with its reason."""

import asyncio
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

from streams.codec.interaction import decode
from streams.collector.answers import GIF, Answer
from streams.collector.pixel import pixel
from streams.collector.rates import Rate
from streams.domain.interaction import Consent, Interaction, Stage
from streams.domain.outcome import Accepted
from tests.builders import T0, interaction
from tests.fakes.eventlog import Published
from tests.fakes.http import Exchange, PolledLog, Request, parts
from tests.fakes.write_keys import WriteKeys


class Hit(NamedTuple):
    """What one request got, and what it left in the log."""

    answer: Answer
    log: PolledLog

    @property
    def cookie(self) -> str | None:
        return dict(self.answer.headers).get("set-cookie")

    @property
    def interaction(self) -> Interaction:
        (record,) = self.log.records
        outcome = decode(record.key, record.value)
        assert record.topic == "interactions"
        assert isinstance(outcome, Accepted)
        return outcome.interaction

    @property
    def rejection(self) -> Published:
        (record,) = self.log.records
        assert record.topic == "rejections"
        return record


def hit(
    keys: WriteKeys,
    query: str,
    headers: dict[str, str] | None = None,
    log: PolledLog | None = None,
    **given: Any,
) -> Hit:
    used = log or PolledLog()

    async def act() -> Answer:
        request = Request("/p.gif", query, headers=headers)
        return await pixel(parts(keys.ring, used, **given), request, Exchange())

    return Hit(asyncio.run(act()), used)


def query(keys: WriteKeys, **parameters: str) -> str:
    return urlencode({"key": keys.public, **parameters})


def test_the_shortest_pixel_is_a_page_view(write_keys: WriteKeys) -> None:
    found = hit(write_keys, query(write_keys, v="v", c="c"))

    assert found.answer.status == 200
    assert found.answer.body == GIF
    assert found.interaction == interaction("new-1", source="pixel")


def test_the_answer_is_a_picture_that_nobody_keeps(write_keys: WriteKeys) -> None:
    headers = dict(hit(write_keys, query(write_keys, v="v")).answer.headers)

    assert headers["content-type"] == "image/gif"
    assert "no-store" in headers["cache-control"]
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers
    assert headers["x-content-type-options"] == "nosniff"


def test_every_parameter_has_its_field(write_keys: WriteKeys) -> None:
    found = hit(
        write_keys,
        query(
            write_keys,
            id="e1",
            v="v",
            c="c",
            k="donation",
            u="https://example.org/?a=1&b=ü",
            r="https://search.example/",
            t=str(T0 - 500),
            sent="2025-11-24T16:00:00Z",
            seq="7",
            st="tok-a",
            it="tok-b",
            val="-250",
            cur="EUR",
            consent="granted",
            utm_source="mail",
            utm_campaign="spring",
            gclid="g1",
            colour="red",
            _="123",
        ),
    ).interaction

    assert found == interaction(
        "e1",
        "act",
        source="pixel",
        occurred_at=T0 - 500,
        sent_at=T0,
        page="https://example.org/?a=1&b=ü",
        referrer="https://search.example/",
        sequence=7,
        share_token="tok-a",
        issued_token="tok-b",
        value_minor=-250,
        currency="EUR",
        consent="granted",
        channel={"source": "mail", "campaign": "spring", "click_id": "g1"},
        properties={"colour": "red"},
    )


def test_the_key_may_come_in_a_header(write_keys: WriteKeys) -> None:
    for name, value in (
        ("x-write-key", write_keys.public),
        ("authorization", f"Bearer {write_keys.secret}"),
    ):
        assert hit(write_keys, "v=v", {name: value}).interaction.tenant == "acme"


def test_a_kind_of_nobody_is_a_visit_unless_a_stage_is_said(write_keys: WriteKeys) -> None:
    assert hit(write_keys, query(write_keys, v="v", k="peek")).interaction.stage is Stage.VISIT
    assert (
        hit(write_keys, query(write_keys, v="v", k="peek", s="talk")).interaction.stage
        is Stage.TALK
    )


def test_the_page_is_the_referer_when_none_is_said(write_keys: WriteKeys) -> None:
    page = "https://example.org/?utm_source=mail&utm_medium=email&x=1#top"
    found = hit(write_keys, query(write_keys, v="v"), {"referer": page}).interaction

    assert found.page == page
    assert (found.channel.source, found.channel.medium) == ("mail", "email")


def test_an_overlong_referer_is_cut_since_no_sender_chose_it(write_keys: WriteKeys) -> None:
    found = hit(write_keys, query(write_keys, v="v"), {"referer": "https://x/" + "a" * 9_000})

    assert len(found.interaction.page) == 2_048


def test_a_page_with_broken_escapes_names_no_channel(write_keys: WriteKeys) -> None:
    found = hit(write_keys, query(write_keys, v="v"), {"referer": "https://x/?utm_source=%ff"})

    assert found.interaction.channel.source == ""


def test_without_a_visitor_a_first_party_cookie_is_set(write_keys: WriteKeys) -> None:
    found = hit(write_keys, query(write_keys))

    assert found.interaction.visitor == "new-1"
    assert found.cookie == (
        "stepthree_visitor=new-1; Max-Age=34128000; Path=/; Secure; HttpOnly; SameSite=Lax"
    )


def test_a_visitor_with_our_cookie_stays_the_same(write_keys: WriteKeys) -> None:
    found = hit(write_keys, query(write_keys), {"cookie": "a=b; stepthree_visitor=known; c=d"})

    assert found.interaction.visitor == "known"
    assert found.cookie is None


@pytest.mark.parametrize("cookie", ["stepthree_visitor=", "stepthree_visitor=" + "x" * 65, "x"])
def test_a_cookie_that_cannot_be_ours_is_replaced(write_keys: WriteKeys, cookie: str) -> None:
    found = hit(write_keys, query(write_keys), {"cookie": cookie})

    assert found.interaction.visitor == "new-1"
    assert found.cookie is not None


@pytest.mark.parametrize("header", ["sec-gpc", "dnt"])
def test_who_asks_not_to_be_tracked_gets_no_cookie_and_no_consent(
    write_keys: WriteKeys, header: str
) -> None:
    headers = {header: "1", "cookie": "stepthree_visitor=known"}
    found = hit(write_keys, query(write_keys), headers)

    assert found.cookie is None
    assert found.interaction.visitor == "new-1"
    assert found.interaction.consent is Consent.DENIED


def test_two_looks_at_the_same_address_are_two_interactions(write_keys: WriteKeys) -> None:
    log = PolledLog()
    ids = iter(("a", "b"))
    for _ in range(2):
        hit(write_keys, query(write_keys, v="v"), log=log, new_id=lambda: next(ids))

    first, second = log.values("interactions")
    assert first != second


@pytest.mark.parametrize("told", [{"t": str(T0)}, {"seq": "1"}])
def test_a_request_that_tells_itself_apart_counts_once(
    write_keys: WriteKeys, told: dict[str, str]
) -> None:
    log = PolledLog()
    for _ in range(2):
        hit(write_keys, query(write_keys, v="v", **told), log=log)

    first, second = log.values("interactions")
    assert first == second


def test_a_tenant_in_the_address_is_only_a_property(write_keys: WriteKeys) -> None:
    found = hit(write_keys, query(write_keys, v="v", tenant="evil")).interaction

    assert found.tenant == "acme"
    assert found.properties == {"tenant": "evil"}


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
    assert dict(found.answer.headers)["retry-after"] == "1"


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
