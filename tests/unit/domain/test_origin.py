"""Origin: where a visitor came from, and what is no origin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.demo.reference.stamping import site
from streams.domain.interaction import Channel
from streams.domain.origin import origin_of, site_of

PAGE = "https://www.example.org/petition"


def test_the_utm_source_is_the_origin_whatever_the_referrer() -> None:
    assert origin_of(Channel(source="newsletter"), "https://t.co/x", PAGE) == "newsletter"


def test_without_a_utm_source_the_referring_site_is_the_origin() -> None:
    assert origin_of(Channel(medium="social"), "https://news.example/a", PAGE) == "news.example"


@pytest.mark.parametrize(
    "referrer",
    [
        "https://example.org/other",
        "http://www.example.org/",
        "https://EXAMPLE.org:8443/",
        "https://someone@example.org/",
    ],
)
def test_the_own_site_as_referrer_is_no_origin(referrer: str) -> None:
    assert origin_of(Channel(), referrer, PAGE) == "direct"


def test_a_neighbour_under_the_same_domain_is_an_origin() -> None:
    assert origin_of(Channel(), "https://shop.example.org/", PAGE) == "shop.example.org"


def test_without_a_page_any_site_is_an_origin() -> None:
    assert origin_of(Channel(), "https://example.org/", "") == "example.org"


@pytest.mark.parametrize("referrer", ["", "garbage", "/relative", "mailto:a@b", "https://", "://"])
def test_a_referrer_without_a_host_is_no_origin(referrer: str) -> None:
    assert origin_of(Channel(), referrer, PAGE) == "direct"


@pytest.mark.parametrize(
    ("address", "site_name"),
    [
        ("https://example.org", "example.org"),
        ("https://example.org?a=b://c", "example.org"),
        ("https://example.org#top", "example.org"),
        ("HTTPS://WWW.Example.ORG/Path", "example.org"),
        ("http://user:secret@example.org:8080/", "example.org"),
        ("http://a@b@example.org/", "example.org"),
        ("android-app://com.google.android.gm/", "com.google.android.gm"),
        ("http://[2001:DB8::1]:8080/x", "2001:db8::1"),
        ("http://[::1]", "::1"),
        ("http://www.www.example.org/", "www.example.org"),
        ("http://www./", ""),
        ("example.org/path", ""),
    ],
)
def test_a_site_is_its_host_without_user_port_and_www(address: str, site_name: str) -> None:
    assert site_of(address) == site_name


@given(
    scheme=st.sampled_from(("http", "https", "android-app")),
    user=st.sampled_from(("", "u@", "u:p@")),
    host=st.sampled_from(("a.example", "WWW.a.example", "www.b.example", "[::1]", "127.0.0.1")),
    port=st.sampled_from(("", ":80", ":")),
    rest=st.sampled_from(("", "/", "/a@b:c", "?q=http://x", "#h/@")),
)
def test_the_reference_finds_the_same_site(
    scheme: str, user: str, host: str, port: str, rest: str
) -> None:
    address = f"{scheme}://{user}{host}{port}{rest}"
    assert site_of(address) == site(address)


@given(st.text())
def test_any_text_has_a_site_or_none(address: str) -> None:
    assert isinstance(site_of(address), str)
