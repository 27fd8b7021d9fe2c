"""People: what one simulated person does in one campaign, from the first touch to the last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import log
from random import Random
from typing import Any, NamedTuple

from streams.demo.cast import (
    AT_ONCE,
    DAY_MS,
    ELSEWHERE,
    FRIEND,
    HOUR_MS,
    NEWSLETTER,
    OPENED,
    PARTS,
    SOURCES,
    TALKS,
    Part,
    Source,
)

SECOND_MS = 1_000
MINUTE_MS = 60_000
PATIENCE = 0.55  # the chance of one more page, of one more return


class Deed(NamedTuple):
    """Something a person did; `by_server`: the campaign's own systems report it."""

    at_ms: int
    visitor: str
    skew_ms: int
    by_server: bool
    fields: Mapping[str, Any]


class Token(NamedTuple):
    """What a talker hands on, from then on."""

    since_ms: int
    token: str


class Person:
    """One visitor in one campaign; `skew_ms` is how much the device's clock is ahead."""

    def __init__(self, random: Random, arrives_ms: int, tokens: Mapping[str, list[Token]]) -> None:
        self.visitor = f"{random.getrandbits(64):016x}"
        self.part = random.choices(PARTS, [part.weight for part in PARTS])[0]
        self.issued: list[Token] = []
        self._random = random
        self._arrives_ms = arrives_ms
        self._source = random.choices(SOURCES, [source.weight for source in SOURCES])[0]
        self._skew_ms = _skew(random)
        self._token = ""
        if self._source is FRIEND:
            self._token = self._friends_token(tokens.get(self.part.campaign, []))
        self._arrival = _arrival(self.part, self._source, self._token)

    def deeds(self) -> Iterator[Deed]:
        """Everything, not in order of time."""
        start_ms = self._arrives_ms
        if self._source is NEWSLETTER:
            yield self._deed(start_ms, "send", "mail", by_server=True)
            if not self._chance(OPENED):
                yield from self._push_back(start_ms)
                return
            start_ms += self._about(3 * HOUR_MS)
        unseen = self._chance(ELSEWHERE)
        if not unseen:
            yield from self._visits(start_ms)
        yield from self._talks_and_acts(start_ms, unseen)
        if self._chance(self.part.likes):
            yield self._deed(start_ms + self._about(2 * MINUTE_MS), "passive", "like")
        yield from self._push_back(start_ms)

    def _visits(self, start_ms: int) -> Iterator[Deed]:
        yield from self._visit(start_ms, self._arrival)
        while self._chance(PATIENCE / 3):
            start_ms += self._about(2 * DAY_MS)
            yield from self._visit(start_ms, {})

    def _visit(self, at_ms: int, arrival: Mapping[str, Any]) -> Iterator[Deed]:
        yield self._deed(at_ms, "visit", "page_view", page=self._page("/"), **arrival)
        while self._chance(PATIENCE):
            at_ms += self._about(MINUTE_MS)
            page = self._page(self._random.choice(self.part.pages))
            yield self._deed(at_ms, "visit", "page_view", page=page)

    def _talks_and_acts(self, start_ms: int, unseen: bool) -> Iterator[Deed]:
        part, warmth = self.part, self._source.warmth
        if not unseen and not self._chance(part.talks * warmth):
            if self._chance(part.acts_silently * warmth):
                yield self._act(start_ms + self._about(8 * MINUTE_MS))
            return
        talk_ms = start_ms + self._about(4 * MINUTE_MS)
        yield self._talk(talk_ms)
        while self._chance(PATIENCE / 2):
            yield self._talk(talk_ms + self._about(DAY_MS))
        if self._chance(part.acts_after_talk * (warmth + 1) / 2):
            yield from self._act_after(talk_ms)

    def _act_after(self, talk_ms: int) -> Iterator[Deed]:
        if self._chance(AT_ONCE):
            yield self._act(talk_ms + self._about(5 * MINUTE_MS))
            return
        act_ms = talk_ms + round(self._random.lognormvariate(log(self.part.lag_days), 1.0) * DAY_MS)
        if self._chance(0.6):
            back_ms = act_ms - self._about(3 * MINUTE_MS)
            yield self._deed(back_ms, "visit", "page_view", page=self._page(self.part.pages[2]))
        yield self._act(act_ms)
        if self.part.gift and self._chance(0.12):
            yield self._act(act_ms + self._about(20 * DAY_MS))

    def _talk(self, at_ms: int) -> Deed:
        kind = self._random.choice(TALKS)
        told: dict[str, Any] = {"page": self._page(self.part.pages[1])}
        if kind == "share":
            token = Token(at_ms, f"{self._random.getrandbits(40):010x}")
            self.issued.append(token)
            told["issued_token"] = token.token
        return self._deed(at_ms, "talk", kind, **told)

    def _act(self, at_ms: int) -> Deed:
        told: dict[str, Any] = {}
        if self.part.gift:
            told = {"value_minor": self._random.choice(self.part.gift), "currency": "EUR"}
            if self._chance(0.03):
                told["currency"] = "CHF"
        if self._chance(self.part.acts_offline):
            return self._deed(at_ms, "act", self.part.act, True, proof="scanned", **told)
        if self.part.gift:
            return self._deed(at_ms, "act", self.part.act, True, proof="provider", **told)
        return self._deed(at_ms, "act", self.part.act, page=self._page("/thanks"), **told)

    def _push_back(self, start_ms: int) -> Iterator[Deed]:
        if self._chance(self.part.pushes_back):
            kind = self._random.choice(("unsubscribe", "unsubscribe", "complaint"))
            yield self._deed(start_ms + self._about(6 * DAY_MS), "pushback", kind, True)

    def _deed(
        self, at_ms: int, stage: str, kind: str, by_server: bool = False, **told: Any
    ) -> Deed:
        fields = {"stage": stage, "kind": kind, "visitor": self.visitor, **told}
        if told.get("channel", {}).get("campaign") != self.part.utm:
            fields["campaign"] = self.part.campaign
        return Deed(at_ms, self.visitor, self._skew_ms, by_server, fields)

    def _friends_token(self, tokens: list[Token]) -> str:
        if not tokens:
            return ""
        token = self._random.choice(tokens)
        return token.token if token.since_ms < self._arrives_ms else ""

    def _page(self, path: str) -> str:
        return self.part.site + path

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _about(self, mean_ms: int) -> int:
        """A time that is usually shorter than this and now and then much longer."""
        return SECOND_MS + round(self._random.expovariate(1 / mean_ms))


def _arrival(part: Part, source: Source, token: str) -> dict[str, Any]:
    """How the first visit tells where it came from; the campaign's own utm name resolves it."""
    told: dict[str, Any] = {}
    if source.name:
        told["channel"] = {"source": source.name, "medium": source.medium, "campaign": part.utm}
    if source.referrer:
        told["referrer"] = source.referrer
    if token:
        told["share_token"] = token
    return told


def _skew(random: Random) -> int:
    """Most clocks are right; some are minutes off, a few are days off."""
    kind = random.random()
    if kind < 0.90:
        return random.randrange(-20, 20) * SECOND_MS
    largest = 3 * HOUR_MS if kind < 0.98 else 3 * DAY_MS
    return random.randrange(-largest, largest)
