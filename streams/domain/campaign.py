"""Campaign: a goal first, then which kind is which stage and how long a step may take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

from streams.domain.arrival import DAY_MS
from streams.domain.interaction import MAX_AT_MS, AtMs, Name, Stage, Text, Word

NOTICE_MS: Final = 5_000  # between a version's publication and its effect, so that all know it
Days = Annotated[int, Meta(ge=1, le=365)]


class Unit(Word):
    """What a goal counts."""

    ACTS = "acts"
    PERSONS = "persons"


class SessionScope(Word):
    """Whose sessions a campaign's interactions belong to: all of the visitor's, or its own."""

    SHARED = "shared"
    PER_CAMPAIGN = "per-campaign"


class Goal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the campaign is for: `target` acts (or acting persons) of `kind` until `deadline`."""

    kind: Name
    unit: Unit = Unit.ACTS
    target: Annotated[int, Meta(ge=1, le=10**15)]
    deadline: AtMs


class Windows(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long after a visit a talk, and after a talk an act, still belongs to it; inclusive."""

    talk_days: Days = 30
    act_days: Days = 365


class Campaign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Campaign v1, as it stands in the topic (`schemas/events/campaign.v1.schema.json`)."""

    tenant: Name
    campaign: Annotated[str, Meta(min_length=1, max_length=64)]
    title: Text = ""
    goal: Goal
    started_at: AtMs
    effective_from: Annotated[int, Meta(ge=0, le=MAX_AT_MS)] = 0
    time_zone: Text = "UTC"
    currency: Annotated[str, Meta(pattern=r"^([A-Z]{3})?$")] = ""
    stages: dict[Name, Stage] = {}
    windows: Windows = Windows()
    sessions: SessionScope = SessionScope.SHARED
    gap_minutes: Annotated[int, Meta(ge=1, le=1440)] = 30
    utm_campaigns: tuple[Text, ...] = ()


def with_notice(version: Campaign, published_ms: int) -> Campaign:
    """The version with the effect that it has when it was published then."""
    effective_from = max(version.effective_from, published_ms + NOTICE_MS)
    return msgspec.structs.replace(version, effective_from=effective_from)


class Policy(NamedTuple):
    """What the fold has to know of one campaign; times in ms, windows and gap inclusive."""

    talk_window_ms: int = 30 * DAY_MS
    act_window_ms: int = 365 * DAY_MS
    own_gap_ms: int = 0  # > 0: sessions of its own, with this gap
    currency: str = ""
    stages: Mapping[str, Stage] = {}
    utm_campaigns: tuple[str, ...] = ()


def policy_of(campaign: Campaign) -> Policy:
    """The part of a definition that decides."""
    own = campaign.sessions is SessionScope.PER_CAMPAIGN
    return Policy(
        talk_window_ms=campaign.windows.talk_days * DAY_MS,
        act_window_ms=campaign.windows.act_days * DAY_MS,
        own_gap_ms=campaign.gap_minutes * 60_000 if own else 0,
        currency=campaign.currency,
        stages=campaign.stages,
        utm_campaigns=campaign.utm_campaigns,
    )


class Campaigns:
    """Every version of every campaign; which one counts depends on when an interaction came in.

    A version counts for interactions received at or after its `effective_from`, so that a replay
    of the log decides the same. Versions are added in the order of their topic.
    """

    def __init__(self, default: Policy, versions: Iterable[Campaign] = ()) -> None:
        self.default = default
        self.version = 0
        self._policies: dict[tuple[str, str], list[tuple[int, Policy]]] = {}
        self._by_utm: dict[tuple[str, str], list[tuple[int, str]]] = {}
        for version in versions:
            self.add(version)

    def add(self, version: Campaign) -> None:
        """Put the next version in place."""
        self.version += 1
        start, tenant = version.effective_from, version.tenant
        key = tenant, version.campaign
        self._policies.setdefault(key, []).append((start, policy_of(version)))
        for utm in version.utm_campaigns:
            self._by_utm.setdefault((tenant, utm), []).append((start, version.campaign))

    def ruling(self, tenant: str, campaign: str, received_ms: int) -> tuple[Policy, int, bool]:
        """The policy of a campaign for an interaction received then.

        Returns also since when it holds, and whether it is the newest one: then it holds for all
        that is received later, until `version` grows.
        """
        versions = self._policies.get((tenant, campaign), ())
        for back, (start, policy) in enumerate(reversed(versions)):
            if start <= received_ms:
                return policy, start, back == 0
        return self.default, 0, not versions

    def resolve(self, tenant: str, utm_campaign: str, received_ms: int) -> str:
        """The campaign whose version in force names this utm campaign; empty when none does.

        Of several the one that named it last.
        """
        for start, campaign in reversed(self._by_utm.get((tenant, utm_campaign), ())):
            if start <= received_ms:
                policy, _, _ = self.ruling(tenant, campaign, received_ms)
                if utm_campaign in policy.utm_campaigns:
                    return campaign
        return ""
