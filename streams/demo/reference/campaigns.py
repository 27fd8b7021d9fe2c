"""Definitions of campaigns: the newest version that was effective at receipt decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from streams.demo.reference.expected import DAY_MS, MINUTE_MS, Rules

Raw = Mapping[str, Any]


class Policy(NamedTuple):
    """What a definition decides; `own_gap_ms` 0: the campaign shares its visitors' sessions."""

    talk_window_ms: int
    act_window_ms: int
    own_gap_ms: int = 0
    currency: str = ""
    stages: Mapping[str, str] = {}


class Definitions:
    """Every version in the order of its topic."""

    def __init__(self, versions: Sequence[Raw], rules: Rules) -> None:
        self.rules = rules
        self._versions = tuple(versions)

    def policy(self, tenant: str, campaign: str, received_at: int) -> Policy:
        """What decides about an interaction of this campaign received then."""
        for version in self._effective(tenant, received_at):
            if version["campaign"] == campaign:
                return _policy(version)
        return Policy(self.rules.talk_window_ms, self.rules.act_window_ms)

    def campaign(self, raw: Raw) -> str:
        """The campaign as sent, else the one whose rule names the utm campaign, else none."""
        given: str = raw.get("campaign", "")
        utm = raw.get("channel", {}).get("campaign", "")
        if given or not utm:
            return given
        ruling: dict[str, Raw] = {}
        for version in self._effective(raw["tenant"], raw["received_at"]):
            in_force = ruling.setdefault(version["campaign"], version)
            names = utm in version.get("utm_campaigns", ())
            if names and utm in in_force.get("utm_campaigns", ()):
                resolved: str = version["campaign"]
                return resolved
        return ""

    def _effective(self, tenant: str, received_at: int) -> list[Raw]:
        return [
            version
            for version in reversed(self._versions)
            if version["tenant"] == tenant and version.get("effective_from", 0) <= received_at
        ]


def _policy(version: Raw) -> Policy:
    windows = version.get("windows", {})
    own = version.get("sessions", "shared") == "per-campaign"
    return Policy(
        talk_window_ms=windows.get("talk_days", 30) * DAY_MS,
        act_window_ms=windows.get("act_days", 365) * DAY_MS,
        own_gap_ms=version.get("gap_minutes", 30) * MINUTE_MS if own else 0,
        currency=version.get("currency", ""),
        stages=version.get("stages", {}),
    )
