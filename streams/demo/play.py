"""Play: what the demo does with a stack that is up: define campaigns, send the past, go on live."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from streams import clock
from streams.collector.keys import Kind, add_key
from streams.demo.definitions import TENANT, demo_campaigns
from streams.demo.delivery import Answer, DeliveryError, Line, deliver
from streams.demo.requests import WriteKeys, parcels, request
from streams.demo.sendings import Sending
from streams.embedded.stack import Stack
from streams.eventlog.campaigns import publish_campaigns
from streams.eventlog.offsets import settled
from streams.settings import Settings

DAYS: Final = 30
WORKER: Final = "worker-0"
NOTICED_MS: Final = 200  # after a definition is in force, before the first event
LOOK_S: Final = 0.25
TAKEN: Final = (200, 400)


def write_keys(base: Settings, home: Path) -> WriteKeys:
    """New keys of the demo's tenant, made before the collector starts."""
    file = msgspec.structs.replace(base, home=home).keys_file
    return WriteKeys(add_key(file, TENANT, Kind.PUBLIC), add_key(file, TENANT, Kind.SECRET))


def define_campaigns(settings: Settings, now_ms: int) -> int:
    """Publish the demo's campaigns; returns when they are in force, ms."""
    versions = publish_campaigns(settings, demo_campaigns(now_ms, DAYS))
    return max(it.effective_from for it in versions)


def wait_until(at_ms: int) -> None:
    """Sleep until then."""
    while (left_ms := at_ms - clock.now_ms()) > 0:
        time.sleep(left_ms / 1000)


def send_past(
    stack: Stack,
    keys: WriteKeys,
    past: Sequence[Sending],
    sent: Callable[[int], None],
    *,
    kill_worker: bool = False,
) -> int:
    """Send all; with `kill_worker`, one is killed in the middle and away for a tenth of them.

    `sent` is told how many events each answer was for. Returns how many records were not yet
    settled when the worker was killed.
    """

    def delivered(answer: Answer) -> None:
        check(answer)
        sent(answer.events)

    half, tenth = len(past) // 2, len(past) // 10
    if not kill_worker:
        deliver(stack.settings, keys, past, delivered)
        return 0
    deliver(stack.settings, keys, past[:half], delivered)
    stack.kill(WORKER)
    unsettled = sum(state.behind for state in settled(stack.settings))
    deliver(stack.settings, keys, past[half : half + tenth], delivered)
    stack.start_worker(0)
    deliver(stack.settings, keys, past[half + tenth :], delivered)
    return unsettled


def check(answer: Answer) -> None:
    """Events are taken (200), or all refused and kept as dead letters (400); else DeliveryError."""
    if answer.status not in TAKEN:
        text = answer.body[:200].decode("utf-8", "replace")
        raise DeliveryError(f"expected the collector to answer 200, found {answer.status}: {text}")


def send_live(stack: Stack, keys: WriteKeys, present: Iterator[Sending]) -> None:
    """Send each when it is due, for ever; ChildError when a part of the stack ended."""
    line = Line(stack.settings)
    waiting = next(present)
    try:
        while True:
            stack.check()
            due: list[Sending] = []
            while waiting.due_ms <= clock.now_ms():
                due.append(waiting)
                waiting = next(present)
            for parcel in parcels(due):
                check(line.send(request(parcel, keys, clock.now_ms())))
            time.sleep(LOOK_S)
    finally:
        line.close()
