"""How old an interaction may claim to be."""

import pytest

from streams.domain.arrival import is_import, is_public, newest_ms, oldest_ms

NOW_MS = 1_795_000_000_000
DAY_MS = 86_400_000


@pytest.mark.parametrize("source", ["pixel", "web", "web:snippet"])
def test_a_browser_is_believed_for_a_week(source: str) -> None:
    assert is_public(source)
    assert oldest_ms(source, NOW_MS) == NOW_MS - 7 * DAY_MS


@pytest.mark.parametrize("source", ["server", "webhook:standard", "website", "pixels", "loader"])
def test_a_server_is_believed_for_a_year(source: str) -> None:
    assert not is_public(source)
    assert oldest_ms(source, NOW_MS) == NOW_MS - 365 * DAY_MS


@pytest.mark.parametrize("source", ["load", "load:wiki_readers"])
def test_an_import_is_believed_at_any_age(source: str) -> None:
    assert is_import(source)
    assert not is_public(source)
    assert oldest_ms(source, NOW_MS) == 0


def test_no_time_before_1970_is_asked_for() -> None:
    assert oldest_ms("server", DAY_MS) == 0


def test_nobody_is_believed_more_than_five_minutes_ahead() -> None:
    assert newest_ms(NOW_MS) == NOW_MS + 300_000
