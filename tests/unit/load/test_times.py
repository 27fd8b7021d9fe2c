"""How files write moments."""

import pytest

from streams.load.times import time_reader, zone_named

MOMENT_MS = 1_431_857_103_000  # 2015-05-17T10:05:03Z


@pytest.mark.parametrize(
    ("written", "zone", "text"),
    [
        ("epoch_s", "", "1431857103"),
        ("epoch_s", "", "1431857103.0"),
        ("epoch_ms", "", "1431857103000"),
        ("clf", "", "17/May/2015:10:05:03 +0000"),
        ("clf", "", "17/May/2015:12:05:03 +0200"),
        ("clf", "", "17/May/2015:06:35:03 -0330"),
        ("rfc3339", "", "2015-05-17T10:05:03Z"),
        ("rfc3339", "", "2015-05-17T12:05:03.000+02:00"),
        ("rfc3339", "Europe/Berlin", "2015-05-17T12:05:03"),
        ("rfc3339", "Europe/Berlin", "2015-05-17T10:05:03Z"),
        ("%d.%m.%Y %H:%M:%S", "Europe/Berlin", "17.05.2015 12:05:03"),
        ("%Y%m%d%H%M%S%z", "", "20150517120503+0200"),
    ],
)
def test_one_moment_in_many_writings(written: str, zone: str, text: str) -> None:
    assert time_reader(written, zone_named(zone))(text) == MOMENT_MS


def test_fractions_of_a_second_are_kept_to_the_millisecond() -> None:
    assert time_reader("epoch_s", None)("1431857103.123999") == MOMENT_MS + 123
    assert time_reader("rfc3339", None)("2015-05-17T10:05:03.123999Z") == MOMENT_MS + 123


def test_an_hour_that_comes_twice_is_its_first() -> None:
    read = time_reader("%Y-%m-%d %H:%M", zone_named("Europe/Berlin"))
    assert read("2015-10-25 02:30") == 1_445_733_000_000  # 00:30 UTC, summer time


@pytest.mark.parametrize(
    ("written", "text", "expected"),
    [
        ("epoch_s", "today", "expected seconds since 1970"),
        ("epoch_s", "-1", "expected seconds since 1970"),
        ("epoch_s", "nan", "expected seconds since 1970"),
        ("epoch_s", "١٢٣", "expected seconds since 1970"),
        ("epoch_ms", "1e3", "expected milliseconds since 1970"),
        ("clf", "17/Mai/2015:10:05:03 +0000", "expected a time such as 17/May/2015"),
        ("clf", "31/Feb/2015:10:05:03 +0000", "expected a time such as 17/May/2015"),
        ("clf", "17/May/2015:10:05:60 +0000", "expected a time such as 17/May/2015"),
        ("clf", "17/May/2015:10:05:٠٣ +0000", "expected a time such as 17/May/2015"),
        ("clf", "17/May/2015:24:05:03 +0000", "expected a time such as 17/May/2015"),
        ("clf", "17/May/2015:10:05:03 +0000 ", "expected a time such as 17/May/2015"),
        ("clf", "17/May/2015:10:05:03", "expected a time such as 17/May/2015"),
        ("rfc3339", "2015-05-17T10:05:03", "expected a zone at the end"),
        ("rfc3339", "yesterday", "expected a time such as 2015-05-17T10:05:03Z"),
        ("%Y %z", "2015", "expected a time written as %Y %z"),
    ],
)
def test_another_writing_is_refused_with_what_was_expected(
    written: str, text: str, expected: str
) -> None:
    with pytest.raises(ValueError, match=expected):
        time_reader(written, None)(text)


def test_the_first_moments_of_the_calendar_can_be_read() -> None:
    assert time_reader("clf", None)("01/Jan/0001:00:00:00 +9959") < -62_000_000_000_000
    assert time_reader("rfc3339", None)("0001-01-01T00:00:00+23:59") < -62_000_000_000_000


def test_a_format_without_a_zone_needs_one() -> None:
    with pytest.raises(ValueError, match="expected %z in the format, or a `zone`"):
        time_reader("%Y-%m-%d", None)


def test_a_way_of_writing_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="expected epoch_s, epoch_ms, clf, rfc3339 or a strptime"):
        time_reader("iso", None)


@pytest.mark.parametrize("name", ["Berlin", "Europe/Bonn", "../etc/passwd", "/etc/localtime"])
def test_a_zone_that_is_not_known_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected a time zone such as Europe/Berlin"):
        zone_named(name)
