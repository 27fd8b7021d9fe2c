"""Pixel hits: one request for the pixel, what it got and what it left in the log."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple
from urllib.parse import urlencode

from streams.codec.interaction import decode
from streams.collector.answers import Answer
from streams.collector.pixel import pixel
from streams.domain.interaction import Interaction
from streams.domain.outcome import Accepted
from tests.fakes.eventlog import Published
from tests.fakes.http import Exchange, PolledLog, Request, parts
from tests.fakes.write_keys import WriteKeys


class Hit(NamedTuple):
    """What one request got, and what it left in the log."""

    answer: Answer
    log: PolledLog

    @property
    def cookie(self) -> str | None:
        return dict(self.answer.headers).get("set-cookie")

    @property
    def interaction(self) -> Interaction:
        (record,) = self.log.records
        outcome = decode(record.key, record.value)
        assert record.topic == "interactions"
        assert isinstance(outcome, Accepted)
        return outcome.interaction

    @property
    def rejection(self) -> Published:
        (record,) = self.log.records
        assert record.topic == "rejections"
        return record


def hit(
    keys: WriteKeys,
    query: str,
    headers: dict[str, str] | None = None,
    log: PolledLog | None = None,
    **given: Any,
) -> Hit:
    used = log or PolledLog()

    async def act() -> Answer:
        request = Request("/p.gif", query, headers=headers)
        return await pixel(parts(keys.ring, used, **given), request, Exchange())

    return Hit(asyncio.run(act()), used)


def query(keys: WriteKeys, **parameters: str) -> str:
    return urlencode({"key": keys.public, **parameters})
