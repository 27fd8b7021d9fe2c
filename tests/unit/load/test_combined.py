"""The combined log's line, as Apache and nginx write it."""

import pytest

from streams.load.combined import Hit, parse_hit

LINE = (
    '203.0.113.9 - frank [10/Oct/2000:13:55:36 -0700] "GET /a?b=c HTTP/1.0" 200 2326'
    ' "http://example.org/start" "Mozilla/4.08 [en] (Win98; I ;Nav)"'
)
HIT = Hit(
    ip="203.0.113.9",
    ident="",
    user="frank",
    time="10/Oct/2000:13:55:36 -0700",
    request="GET /a?b=c HTTP/1.0",
    method="GET",
    path="/a?b=c",
    protocol="HTTP/1.0",
    status="200",
    size="2326",
    referrer="http://example.org/start",
    user_agent="Mozilla/4.08 [en] (Win98; I ;Nav)",
    extra="",
)


def line(**changed: str) -> str:
    """LINE with these of its parts in place of its own."""
    text = LINE
    for name, value in changed.items():
        text = text.replace(getattr(HIT, name), value)
    return text


def test_a_line_is_taken_apart() -> None:
    assert parse_hit(LINE) == HIT


def test_a_dash_is_nothing() -> None:
    found = parse_hit(line(referrer="-", user_agent="-", user="-", size="-"))
    assert found == HIT._replace(referrer="", user_agent="", user="", size="")


def test_an_address_may_be_ipv6() -> None:
    assert parse_hit(line(ip="2001:db8::1")) == HIT._replace(ip="2001:db8::1")


def test_escaped_quotes_and_backslashes_are_undone() -> None:
    assert parse_hit(line(user_agent=r"a \"b\" \\ c")) == HIT._replace(user_agent=r'a "b" \ c')


def test_bytes_escaped_by_the_server_are_utf8() -> None:
    assert parse_hit(line(referrer=r"http://\xc3\xa4.example/")) == HIT._replace(
        referrer="http://ä.example/"
    )


@pytest.mark.parametrize("written", [r"http://\xe4\xe5\xe3/", r"\x00", r"\x16\x03\x80"])
def test_escapes_of_another_charset_and_nul_stay_as_they_are_written(written: str) -> None:
    assert parse_hit(line(referrer=written)) == HIT._replace(referrer=written)


@pytest.mark.parametrize("request_", ["-", "", "quit", "GET /old-http", r"\x16\x03"])
def test_what_is_no_http_request_has_no_path(request_: str) -> None:
    found = parse_hit(line(request=request_))
    assert found is not None
    assert (found.method, found.path, found.protocol) == ("", "", "")
    assert found.status == "200"


def test_spaces_in_a_path_belong_to_it() -> None:
    found = parse_hit(line(request="GET /a b c HTTP/1.1"))
    assert found is not None
    assert found.path == "/a b c"


def test_what_nginx_adds_after_the_user_agent_is_extra() -> None:
    assert parse_hit(LINE + ' "10.0.0.1"') == HIT._replace(extra='"10.0.0.1"')


@pytest.mark.parametrize(
    "broken",
    [
        LINE[:-1],
        LINE + "x",
        line(status="20"),
        line(time=""),
        LINE.replace(' "http://example.org/start"', ""),
        "uuid,timestamp,url",
        "",
    ],
    ids=["no last quote", "glued", "status", "no time", "common format", "csv", "empty"],
)
def test_another_line_is_none(broken: str) -> None:
    assert parse_hit(broken) is None
