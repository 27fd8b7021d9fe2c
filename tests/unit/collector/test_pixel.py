"""Pixel: what its parameters, headers and cookie say becomes an interaction."""

import pytest

from streams.collector.answers import GIF
from streams.domain.interaction import Consent, Stage
from tests.builders import T0, interaction
from tests.fakes.http import PolledLog
from tests.fakes.pixel import hit, query
from tests.fakes.write_keys import WriteKeys


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
