"""Settings: a variable that cannot be is told by its name, what was expected and what was found."""

import pytest

from streams.settings import SettingsError, read_settings


def test_an_unreadable_variable_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPTHREE_COLLECTOR_PORT", "abc")
    expected = "STEPTHREE_COLLECTOR_PORT: Expected `int`, got `str`, found 'abc'"
    with pytest.raises(SettingsError, match=expected):
        read_settings(running=False)


def test_an_unknown_variable_is_told_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPTHREE_FOO", "1")
    with pytest.raises(SettingsError, match=r"unknown setting STEPTHREE_FOO.*STEPTHREE_HOME"):
        read_settings(running=False)
