"""Simulator: the past and the present of some campaigns, the same for the same seed and moment."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from random import Random
from typing import Final

from streams.demo.cast import DAY_MS, busyness
from streams.demo.people import Deed, Person, Token
from streams.demo.sendings import Sending, history_sendings, live_sendings

EVENTS_A_DAY: Final = 700
WAITING_MAX: Final = 50_000
TOKENS_MAX: Final = 5_000
COMES_BACK: Final = 0.12  # of the live events, by people of the past


class Simulator:
    """One random stream; call `history` first, then `live` continues with the same people."""

    def __init__(self, seed: int, now_ms: int) -> None:
        self._random = Random(seed)
        self._now_ms = now_ms
        self._run = f"{seed:x}-{now_ms // 1000:x}"
        self._events = 0
        self._tokens: dict[str, list[Token]] = {}
        self._waiting: list[Deed] = []  # of people of the past, later than now
        self._due: list[tuple[int, int, Sending]] = []  # on their way, later than now

    def history(self, days: int = 30, events: int | None = None) -> list[Sending]:
        """Exactly `events` sendings (or some 700 a day) of the last days, in order of arrival."""
        wanted = EVENTS_A_DAY * days if events is None else events
        sent: list[Sending] = []
        while len(sent) < wanted:
            for deed in self._life(self._arrival_of_the_past(days)):
                if deed.at_ms > self._now_ms:
                    self._wait(deed)
                else:
                    sent += self._arrived(deed)
        del sent[wanted:]
        return sorted(sent, key=lambda it: it.due_ms)

    def live(self, rate_per_s: float, from_ms: int) -> Iterator[Sending]:
        """For ever: who comes next, `due_ms` growing by 1 / rate on average."""
        at_ms = float(from_ms)
        while True:
            at_ms += self._random.expovariate(rate_per_s) * 1000
            yield self._next(round(at_ms))

    def _next(self, at_ms: int) -> Sending:
        """What is due, or somebody of the past, or somebody new."""
        while not (self._due and self._due[0][0] <= at_ms):
            for deed in self._somebody(at_ms):
                for sending in live_sendings(self._random, deed, self._event_id()):
                    self._enqueue(sending)
        return heappop(self._due)[2]._replace(due_ms=at_ms)

    def _somebody(self, at_ms: int) -> list[Deed]:
        if self._waiting and self._random.random() < COMES_BACK:
            place = self._random.randrange(len(self._waiting))
            self._waiting[place], self._waiting[-1] = self._waiting[-1], self._waiting[place]
            return [self._waiting.pop()._replace(at_ms=at_ms)]
        deeds = self._life(at_ms)
        for deed in deeds:
            if deed.at_ms > at_ms + DAY_MS:
                self._wait(deed)
        return [deed for deed in deeds if deed.at_ms <= at_ms + DAY_MS]

    def _arrived(self, deed: Deed) -> list[Sending]:
        """The sendings of a deed of the past that have arrived by now."""
        found = []
        for sending in history_sendings(self._random, deed, self._event_id(), self._now_ms):
            if sending.due_ms <= self._now_ms:
                found.append(sending)
            else:
                self._enqueue(sending)
        return found

    def _life(self, arrives_ms: int) -> list[Deed]:
        person = Person(self._random, arrives_ms, self._tokens)
        deeds = sorted(person.deeds(), key=lambda it: it.at_ms)
        known = self._tokens.setdefault(person.part.campaign, [])
        if len(known) < TOKENS_MAX:
            known += person.issued
        return deeds

    def _arrival_of_the_past(self, days: int) -> int:
        """A moment of the last days, by how busy it is."""
        while True:
            at_ms = self._now_ms - 1 - self._random.randrange(days * DAY_MS)
            if self._random.random() < busyness(at_ms):
                return at_ms

    def _wait(self, deed: Deed) -> None:
        if len(self._waiting) < WAITING_MAX:
            self._waiting.append(deed)

    def _enqueue(self, sending: Sending) -> None:
        self._events += 1
        heappush(self._due, (sending.due_ms, self._events, sending))

    def _event_id(self) -> str:
        self._events += 1
        return f"{self._run}-{self._events:x}"
