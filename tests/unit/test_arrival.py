"""Arrival: who is believed about how old an interaction is."""

import pytest

from streams.domain.arrival import DAY_MS, age_ms, is_import, is_public


@pytest.mark.parametrize("source", ["pixel", "web", "web:matomo"])
def test_what_anybody_can_send_is_believed_for_a_week(source: str) -> None:
    assert is_public(source)
    assert age_ms(source) == 7 * DAY_MS


@pytest.mark.parametrize("source", ["server", "webhook:standard", "website", "pixels", "loader"])
def test_what_only_a_key_holder_can_send_is_believed_for_a_year(source: str) -> None:
    assert not is_public(source)
    assert age_ms(source) == 365 * DAY_MS


@pytest.mark.parametrize("source", ["load", "load:wiki_readers"])
def test_an_import_is_history_and_believed_at_any_age(source: str) -> None:
    assert is_import(source)
    assert age_ms(source) is None
