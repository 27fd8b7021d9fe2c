"""Watcher: how far the workers are behind, all the time, and how long a fault was felt."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import NamedTuple

from kafka import KafkaAdminClient

from streams.eventlog.admin import BrokerError, administer
from streams.eventlog.offsets import settled_partitions
from streams.settings import Settings

LOOK_EVERY_S = 0.25
UNKNOWN = float("inf")  # a broker that does not answer: behind, nobody knows how far


class Seen(NamedTuple):
    """Records not yet settled at a moment of the monotonic clock."""

    at_s: float
    behind: float


class Watcher:
    """A thread that looks until it is stopped."""

    def __init__(self, settings: Settings) -> None:
        self.seen: list[Seen] = []
        self._settings = settings
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            with suppress(BrokerError), administer(self._settings) as admin:
                self._look(admin)
            if not self._ended.wait(LOOK_EVERY_S):
                self.seen.append(Seen(time.monotonic(), UNKNOWN))

    def _look(self, admin: KafkaAdminClient) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            states = settled_partitions(admin, self._settings.kafka_group)
            self.seen.append(Seen(time.monotonic(), sum(state.behind for state in states)))


def recovery_s(seen: Sequence[Seen], faults: Sequence[float], most: float) -> float:
    """The longest time from a fault until no more than `most` records were behind again.

    0 for a fault that nobody felt before the next one.
    """
    pairs = pairwise([*faults, float("inf")])
    return max((_felt_s(seen, *pair, most) for pair in pairs), default=0.0)


def _felt_s(seen: Sequence[Seen], fault_s: float, next_s: float, most: float) -> float:
    began = [it.at_s for it in seen if fault_s <= it.at_s < next_s and it.behind > most]
    if not began:
        return 0.0
    over = [it.at_s for it in seen if it.at_s > began[0] and it.behind <= most]
    return (over[0] if over else seen[-1].at_s) - fault_s
