"""A broker that is known to be away: nobody waits for it, and nothing is handed to the log."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from streams.collector.answers import GIF, Answer
from streams.collector.batch import batch
from streams.collector.parts import Parts
from streams.collector.pixel import pixel
from streams.collector.reach import Reach
from streams.ports.eventlog import Acknowledged, Headers, Refused
from tests.fakes.http import Exchange, PolledLog, Request, parts
from tests.fakes.write_keys import WriteKeys


def ask_while_away(
    keys: WriteKeys, log: PolledLog, act: Callable[[Parts], Awaitable[Answer]]
) -> Answer:
    async def acting() -> Answer:
        made = parts(keys.ring, log)
        made.reach.failed("timed out")
        return await act(made)

    return asyncio.run(acting())


def test_a_batch_is_503_at_once(write_keys: WriteKeys) -> None:
    log = PolledLog(is_silent=True)
    request = Request("/v1/interactions", headers={"x-write-key": write_keys.public})

    answer = ask_while_away(write_keys, log, lambda made: batch(made, request, Exchange(b"{}")))

    assert answer.status == 503
    assert dict(answer.headers)["retry-after"] == "5"
    assert json.loads(answer.body)["detail"] == (
        "expected the broker's acknowledgement, found: timed out"
    )
    assert log.records == []


def test_a_pixel_without_a_spool_is_503_at_once(write_keys: WriteKeys) -> None:
    log = PolledLog(is_silent=True)
    request = Request("/p.gif", f"key={write_keys.public}&v=v")

    answer = ask_while_away(write_keys, log, lambda made: pixel(made, request, Exchange()))

    assert (answer.status, answer.body, log.records) == (503, GIF, [])


class RefusingLog(PolledLog):
    """Refuses every record for good."""

    def publish(
        self, topic: str, key: bytes | None, value: bytes, headers: Headers, told: Acknowledged
    ) -> None:
        told(Refused("Broker: Topic authorization failed"))


def test_a_batch_that_is_refused_for_good_is_503_and_the_broker_not_away(
    write_keys: WriteKeys,
) -> None:
    request = Request("/v1/interactions", headers={"x-write-key": write_keys.public})

    async def act() -> tuple[int, bool]:
        made = parts(write_keys.ring, RefusingLog())
        answer = await batch(made, request, Exchange(b'{"visitor":"v","kind":"comment"}'))
        return answer.status, made.reach.is_away

    assert asyncio.run(act()) == (503, False)


def test_the_broker_is_away_until_a_probe_finds_it(write_keys: WriteKeys) -> None:
    log = PolledLog(is_silent=True)

    async def act() -> list[bool]:
        reach: Reach = parts(write_keys.ring, log).reach
        seen = [reach.is_away]
        reach.failed("timed out")
        seen.append(reach.is_away)
        log.is_silent = False
        await asyncio.wait_for(reach.back(), 20)
        return [*seen, reach.is_away]

    assert asyncio.run(act()) == [False, True, False]
