"""Preferences: settings last one query, by as few SETs as that takes."""

import pytest

from streams.embedded.clickhouse.errors import EngineError
from streams.embedded.clickhouse.preferences import Preferences, known
from streams.embedded.clickhouse.requests import Setting

NAMES = frozenset({"max_threads", "max_block_size"})


class EngineSettings:
    """Records the SETs, and answers what was chosen by hand."""

    def __init__(self) -> None:
        self.sets: list[str] = []
        self.preferences = Preferences(self.sets.append, lambda name: f"'{name} by hand'")


def test_settings_are_set_for_one_query_and_taken_back_by_the_next() -> None:
    engine = EngineSettings()

    engine.preferences.apply({"max_threads": "1"})
    engine.preferences.apply({})

    assert engine.sets == ["SET max_threads = '1'", "SET max_threads = DEFAULT"]


def test_the_same_settings_again_need_no_set() -> None:
    engine = EngineSettings()

    engine.preferences.apply({"max_threads": "1"})
    engine.preferences.apply({"max_threads": "1"})

    assert engine.sets == ["SET max_threads = '1'"]


def test_only_the_difference_is_set_and_in_one_statement() -> None:
    engine = EngineSettings()

    engine.preferences.apply({"max_threads": "1", "max_block_size": "2"})
    engine.preferences.apply({"max_block_size": "3", "log_comment": "it's"})

    assert engine.sets[1:] == [
        "SET max_threads = DEFAULT, max_block_size = '3', log_comment = 'it\\'s'"
    ]


def test_what_a_set_by_hand_chose_comes_back() -> None:
    engine = EngineSettings()
    engine.preferences.set_by_hand = True

    engine.preferences.apply({"max_threads": "1"})
    engine.preferences.apply({"max_threads": "2"})
    engine.preferences.apply({})

    assert engine.sets[-1] == "SET max_threads = 'max_threads by hand'"


def test_a_refused_set_leaves_what_was_set_before() -> None:
    sets: list[str] = []

    def run(sql: str) -> None:
        sets.append(sql)
        if "nonsense" in sql:
            raise EngineError(27, "refused")

    preferences = Preferences(run, lambda _: "DEFAULT")
    preferences.apply({"max_threads": "1"})
    with pytest.raises(EngineError):
        preferences.apply({"max_block_size": "nonsense"})
    preferences.apply({})

    assert sets[-1] == "SET max_threads = DEFAULT"


def test_unknown_settings_are_left_out() -> None:
    settings = {"max_threads": Setting("1", True), "no_such": Setting("2", False)}

    assert known(settings, NAMES) == {"max_threads": "1"}


def test_an_unknown_setting_marked_important_is_refused() -> None:
    with pytest.raises(EngineError, match="no_such") as refused:
        known({"no_such": Setting("2", True)}, NAMES)

    assert refused.value.code == 115


def test_the_level_of_logs_to_send_is_ignored_however_it_is_marked() -> None:
    names = NAMES | {"send_logs_level"}

    assert known({"send_logs_level": Setting("trace", True)}, names) == {}
