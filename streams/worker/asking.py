"""Asking: whether Kafka and ClickHouse answer, every few seconds, whatever the lanes do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from threading import Thread
from typing import Final, Protocol

from aiokafka.errors import KafkaError
from clickhouse_driver import Client
from clickhouse_driver.errors import Error as ClickHouseError
from faust.exceptions import ConsumerNotStarted
from faust.types import TP

from streams.clock import monotonic_s
from streams.eventlog.extents import shorter_text
from streams.warehouse.errors import one_line
from streams.worker.lane import Lane
from streams.worker.signs import Sign, Signs, Standing

BEAT_EVERY_S: Final = 0.25
ASK_EVERY_S: Final = 3.0
ASK_FIRST_S: Final = 0.1  # until there is a consumer to ask
ANSWER_WITHIN_S: Final = 5.0


class Held(Protocol):
    """Lanes, and the log that they read."""

    @property
    def ready(self) -> bool:
        """Whether this worker is a member and its lanes run."""

    def held(self) -> Mapping[TP, Lane]:
        """The lanes by partition."""

    async def ends(self) -> Mapping[TP, int]:
        """One past the last record of each partition that is held; asks the broker anyhow."""

    def read_again(self, tp: TP) -> None:
        """Ask for what comes next in a partition that brings nothing."""


async def beat(lanes: Held, signs: Signs) -> None:
    """Tell that the event loop runs, and how the lanes are, for ever."""
    while True:
        at_s = monotonic_s()
        signs.loop.well(at_s)
        if lanes.ready:
            signs.lanes.well(at_s)
        else:
            signs.lanes.unwell("not a member of the group, or a lane has ended")
        await asyncio.sleep(BEAT_EVERY_S)


async def ask_log(lanes: Held, signs: Signs, shrunk: Callable[[str], None]) -> None:
    """Ask for the ends of the log, for ever; `shrunk` is told of a log that ends too early."""
    while True:
        before = signs.standings
        settled = {tp: lane.settled for tp, lane in lanes.held().items()}
        try:
            ends = await asyncio.wait_for(lanes.ends(), ANSWER_WITHIN_S)
        except (KafkaError, ConsumerNotStarted, TimeoutError) as error:
            signs.kafka.unwell(f"does not answer ({type(error).__name__})")
        else:
            signs.kafka.well(monotonic_s())
            for tp in ends.keys() & settled.keys():
                if ends[tp] < settled[tp]:
                    shrunk(shorter_text(tp.topic, tp.partition, settled[tp], ends[tp]))
            signs.standings = standings(lanes.held(), ends)
            for tp in stuck(before, signs.standings):
                lanes.read_again(tp)
        await asyncio.sleep(ASK_FIRST_S if signs.kafka.well_s is None else ASK_EVERY_S)


def standings(lanes: Mapping[TP, Lane], ends: Mapping[TP, int]) -> dict[TP, Standing]:
    """Of the lanes whose log's end is known."""
    return {
        tp: Standing(ends[tp], lane.inbox.position, lane.settled)
        for tp, lane in lanes.items()
        if tp in ends
    }


def stuck(before: Mapping[TP, Standing], now: Mapping[TP, Standing]) -> list[TP]:
    """Partitions whose log goes on, whose lane has settled all it read, and that did not move."""
    return [
        tp
        for tp, it in now.items()
        if it.settled == it.position < it.end
        and tp in before
        and before[tp].position == it.position
        and before[tp].end > it.position
    ]


def start_asking(client: Client, sign: Sign) -> None:
    """Ask ClickHouse in a thread of its own, for ever."""

    def ask_forever() -> None:
        while True:
            ask(client, sign)
            time.sleep(ASK_EVERY_S)

    Thread(target=ask_forever, name="ask ClickHouse", daemon=True).start()


def ask(client: Client, sign: Sign) -> None:
    """One question."""
    try:
        client.execute("SELECT 1")
    except (ClickHouseError, OSError, EOFError) as error:
        sign.unwell(f"does not answer ({one_line(error)})")
        client.disconnect()
    else:
        sign.well(monotonic_s())
