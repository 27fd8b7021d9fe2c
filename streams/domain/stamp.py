"""Stamping: what is decided of an interaction before the fold: campaign, stage, session, origin."""

from __future__ import annotations

from typing import Final, NamedTuple

from streams.domain.arrival import age_ms, is_public
from streams.domain.campaign import Campaigns
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


class Stamped(NamedTuple):
    """A step for the fold, and the names that its facts will need."""

    step: Step
    campaign: str
    origin: str


class Stamper:
    """Stamps interactions under the campaigns known so far; remembers the keys of names.

    `names_max` bounds what is remembered, since names come from outside.
    """

    def __init__(self, campaigns: Campaigns, names_max: int = NAMES_MAX) -> None:
        self.campaigns = campaigns
        self._most = names_max
        self._keys: dict[str, int] = {"": 0}
        self._ages: dict[str, tuple[bool, int | None]] = {}

    def stamp(self, interaction: Interaction, visitor_key: int) -> Stamped:
        """Decide what the fold has to know."""
        tenant, received_at = interaction.tenant, interaction.received_at
        campaign = interaction.campaign or self._resolve(interaction)
        policy = self.campaigns.policy(tenant, campaign, received_at)
        stage = STAGE_NUMBER[policy.stages.get(interaction.kind, interaction.stage)]
        public, oldest_age_ms = self._age(interaction.source)
        origin = origin_of(interaction.channel, interaction.referrer, interaction.page)
        counts = stage == ACT and policy.currency and interaction.currency == policy.currency
        step = (
            visitor_key,
            event_key(interaction.event_id.encode()),
            self._key(campaign),
            stage,
            interaction.occurred_at,
            interaction.sent_at or 0,
            received_at,
            1 if oldest_age_ms is None else max(1, received_at - oldest_age_ms),
            stage != SEND and (public or interaction.page != ""),
            self._key(origin),
            interaction.value_minor if counts else 0,
            policy,
        )
        return Stamped(step, campaign, origin)

    def _resolve(self, interaction: Interaction) -> str:
        utm = interaction.channel.campaign
        if not utm:
            return ""
        return self.campaigns.resolve(interaction.tenant, utm, interaction.received_at)

    def _age(self, source: str) -> tuple[bool, int | None]:
        """Whether anybody can write as this source, and how old it may claim to be; None: any."""
        found = self._ages.get(source)
        if found is None:
            if len(self._ages) >= self._most:
                self._ages = {}
            found = self._ages[source] = is_public(source), age_ms(source)
        return found

    def _key(self, name: str) -> int:
        key = self._keys.get(name)
        if key is None:
            if len(self._keys) >= self._most:
                self._keys = {"": 0}
            key = self._keys[name] = name_key(name.encode())
        return key
