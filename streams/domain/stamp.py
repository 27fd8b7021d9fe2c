"""Stamping: what is decided of an interaction before the fold: campaign, stage, session, origin."""

from __future__ import annotations

from typing import Final, NamedTuple

from streams.domain.arrival import age_ms, is_public
from streams.domain.campaign import Campaigns, Policy
from streams.domain.fold import Step
from streams.domain.interaction import Interaction, Stage
from streams.domain.journey import ACT, PASSIVE, PUSHBACK, SEND, TALK, VISIT
from streams.domain.keys import event_key, name_key
from streams.domain.origin import origin_of

STAGE_NUMBER: Final = {
    Stage.VISIT: VISIT,
    Stage.TALK: TALK,
    Stage.ACT: ACT,
    Stage.PASSIVE: PASSIVE,
    Stage.PUSHBACK: PUSHBACK,
    Stage.SEND: SEND,
}
NAMES_MAX: Final = 100_000
Names = tuple[str, str, str, Stage, str]
"""tenant, campaign, kind, stage, source"""


class Traits(NamedTuple):
    """What names decide, for interactions received since then."""

    since_ms: int
    campaign_key: int
    stage: int
    policy: Policy
    public: bool
    age_ms: int | None


class Stamper:
    """Stamps interactions under the campaigns known so far; remembers what names decide.

    `names_max` bounds what is remembered, since names come from outside.
    """

    def __init__(self, campaigns: Campaigns, names_max: int = NAMES_MAX) -> None:
        self._campaigns, self._version = campaigns, campaigns.version
        self._most = names_max
        self._origin_keys: dict[str, int] = {}
        self._traits: dict[Names, Traits] = {}

    def stamp(self, interaction: Interaction, visitor_key: int) -> tuple[Step, str, str]:
        """The step for the fold, and the names that its facts need: campaign and origin."""
        tenant, received_at, page = interaction.tenant, interaction.received_at, interaction.page
        campaign = interaction.campaign or self._resolve(interaction)
        names = tenant, campaign, interaction.kind, interaction.stage, interaction.source
        traits = self._traits.get(names)
        if (
            traits is None
            or received_at < traits.since_ms
            or self._version != self._campaigns.version
        ):
            traits = self._decide(names, received_at)
        _, campaign_key, stage, policy, public, oldest_age_ms = traits
        channel = interaction.channel
        origin = channel.source or origin_of(channel, interaction.referrer, page)
        counts = stage == ACT and policy.currency and interaction.currency == policy.currency
        step = (
            visitor_key,
            event_key(interaction.event_id.encode()),
            campaign_key,
            stage,
            interaction.occurred_at,
            interaction.sent_at or 0,
            received_at,
            1 if oldest_age_ms is None else max(1, received_at - oldest_age_ms),
            stage != SEND and (public or page != ""),
            self._origin_keys.get(origin) or self._origin_key(origin),
            interaction.value_minor if counts else 0,
            policy,
        )
        return step, campaign, origin

    def _resolve(self, interaction: Interaction) -> str:
        utm = interaction.channel.campaign
        if not utm:
            return ""
        return self._campaigns.resolve(interaction.tenant, utm, interaction.received_at)

    def _decide(self, names: Names, received_at: int) -> Traits:
        """Look everything up; remembered only while no other version can say otherwise."""
        tenant, campaign, kind, stage, source = names
        if self._version != self._campaigns.version or len(self._traits) >= self._most:
            self._version = self._campaigns.version
            self._traits.clear()
        policy, since_ms, newest = self._campaigns.ruling(tenant, campaign, received_at)
        traits = Traits(
            since_ms,
            name_key(campaign.encode()) if campaign else 0,
            STAGE_NUMBER[policy.stages.get(kind, stage)],
            policy,
            is_public(source),
            age_ms(source),
        )
        if newest:
            self._traits[names] = traits
        return traits

    def _origin_key(self, origin: str) -> int:
        if len(self._origin_keys) >= self._most:
            self._origin_keys.clear()
        key = self._origin_keys[origin] = name_key(origin.encode())
        return key
