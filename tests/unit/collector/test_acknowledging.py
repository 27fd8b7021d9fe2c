"""Acknowledging: a request is answered when the broker has all of it, and not before."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from streams.collector.acknowledging import Outbox, Receipt
from streams.ports.eventlog import Backpressure, Refused
from tests.fakes.http import PolledLog

WITHIN_S = 5.0


def run(log: PolledLog, act: Callable[[Outbox], Awaitable[object]]) -> object:
    """Act on an outbox in a loop of its own."""

    async def acting() -> object:
        return await asyncio.wait_for(act(Outbox(log, asyncio.get_running_loop())), WITHIN_S)

    return asyncio.run(acting())


async def publish(outbox: Outbox, count: int) -> str | None:
    receipt = Receipt()
    for number in range(count):
        outbox.publish("interactions", b"k", b"%d" % number, receipt)
    return await receipt.settled()


def test_a_receipt_settles_when_all_records_are_acknowledged() -> None:
    log = PolledLog()

    assert run(log, lambda outbox: publish(outbox, 3)) is None
    assert log.values("interactions") == [b"0", b"1", b"2"]


def test_an_error_that_may_pass_is_told_before_a_refusal() -> None:
    receipt = Receipt()
    for error in (Refused("too large"), None, "timed out", Refused("no topic")):
        receipt.expect()(error)

    assert asyncio.run(receipt.settled()) == "timed out"


def test_a_receipt_for_nothing_settles_at_once() -> None:
    assert run(PolledLog(is_silent=True), lambda outbox: publish(outbox, 0)) is None


def test_one_failed_record_fails_its_request() -> None:
    assert run(PolledLog(fails_from=3), lambda outbox: publish(outbox, 3)) == "no broker"


def test_the_requests_of_one_poll_settle_each_with_its_own_outcome() -> None:
    async def act(outbox: Outbox) -> list[str | None]:
        return await asyncio.gather(publish(outbox, 2), publish(outbox, 2))

    assert run(PolledLog(fails_from=3), act) == [None, "no broker"]


def test_an_unacknowledged_record_keeps_its_request_waiting() -> None:
    log = PolledLog(is_silent=True)

    async def act(outbox: Outbox) -> bool:
        waiting = asyncio.ensure_future(publish(outbox, 1))
        done, _ = await asyncio.wait([waiting], timeout=0.05)
        log.is_silent = False
        await waiting
        return bool(done)

    assert run(log, act) is False


def test_polling_goes_on_for_later_requests() -> None:
    async def act(outbox: Outbox) -> list[str | None]:
        return [await publish(outbox, 1) for _ in range(3)]

    assert run(PolledLog(), act) == [None, None, None]


def test_a_request_that_went_away_disturbs_nobody() -> None:
    log = PolledLog(is_silent=True)

    async def act(outbox: Outbox) -> str | None:
        gone = asyncio.ensure_future(publish(outbox, 1))
        await asyncio.sleep(0)
        gone.cancel()
        log.is_silent = False
        return await publish(outbox, 1)

    assert run(log, act) is None


def test_a_full_log_is_told_to_the_request() -> None:
    async def act(outbox: Outbox) -> None:
        with pytest.raises(Backpressure):
            await publish(outbox, 3)

    run(PolledLog(room=2), act)


def test_records_that_wait_without_a_word_are_told_for_how_long() -> None:
    log = PolledLog(is_silent=True)

    async def act(outbox: Outbox) -> tuple[float, float, float]:
        before = outbox.silent_s
        waiting = asyncio.ensure_future(publish(outbox, 1))
        await asyncio.sleep(0.02)
        while_waiting = outbox.silent_s
        log.is_silent = False
        await waiting
        return before, while_waiting, outbox.silent_s

    before, while_waiting, after = run(log, act)
    assert before == 0
    assert while_waiting > 0.01
    assert after < while_waiting
