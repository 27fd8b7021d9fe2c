"""Preferences: the settings of one query, made the session's by one SET and taken back by the next.

The engine's sessions keep a SET for good, while the protocol's settings last one query. Only the
difference to the query before is set, and what a SET by hand had chosen comes back.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from streams.embedded.clickhouse.errors import ErrorCode, refusal
from streams.embedded.clickhouse.requests import Setting
from streams.embedded.clickhouse.tokens import quoted

IGNORED = frozenset({"send_logs_level"})  # the engine would print its log on the server's stderr


class Applied(NamedTuple):
    """A value set for a query, and the expression that takes it back."""

    value: str
    before: str


def known(settings: Mapping[str, Setting], names: frozenset[str]) -> dict[str, str]:
    """Without unknown settings; an unknown one that its client marked important is refused."""
    for name, setting in settings.items():
        if setting.is_important and name not in names and name not in IGNORED:
            raise refusal(ErrorCode.UNKNOWN_SETTING, f"Unknown setting '{name}'.")
    return {
        name: setting.value
        for name, setting in settings.items()
        if name in names and name not in IGNORED
    }


class Preferences:
    """What is set in one session; `run` sends a SET, `before` asks what was chosen by hand."""

    def __init__(self, run: Callable[[str], object], before: Callable[[str], str]) -> None:
        self._run = run
        self._before = before
        self._applied: dict[str, Applied] = {}
        self.set_by_hand = False  # then earlier values must be asked for

    def apply(self, wanted: Mapping[str, str]) -> None:
        """Makes the session's settings those of this query; a refused SET changes none."""
        changes = {
            name: Applied(value, self._value_before(name))
            for name, value in wanted.items()
            if name not in self._applied or self._applied[name].value != value
        }
        back = {name: old for name, old in self._applied.items() if name not in wanted}
        if not changes and not back:
            return
        assignments = [f"{name} = {old.before}" for name, old in back.items()]
        assignments += [f"{name} = {quoted(new.value)}" for name, new in changes.items()]
        self._run("SET " + ", ".join(assignments))
        kept = {name: old for name, old in self._applied.items() if name in wanted}
        self._applied = kept | changes

    def _value_before(self, name: str) -> str:
        if name in self._applied:
            return self._applied[name].before
        return self._before(name) if self.set_by_hand else "DEFAULT"
