"""Shown: for every mutation the shortest proof that it must turn the suite red.

A worker that does not come to its end proves nothing: what must be wrong is said here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import msgspec

from streams.embedded.stack import Stack
from streams.eventlog.campaigns import publish_campaigns
from streams.eventlog.settle import settle
from streams.settings import Settings
from streams.warehouse.migrate import migrate
from streams.worker.lease import CommitThread
from tests.faults import fence
from tests.faults.content import definitions
from tests.faults.members import Members, program
from tests.faults.mutations import MUTATIONS
from tests.faults.oracle import Found, judge
from tests.faults.traffic import Traffic

EVENTS: Final = 2_000
WITHIN_S: Final = 60.0
WHOLE: Final = "whole"
OWN_COMMIT: Final = "own_commit"  # a matter between two members and the broker: see fence.py


class Proof(NamedTuple):
    """Where the worker crashes, and what is wrong afterwards when it was mutated."""

    crash: str
    wrong: Callable[[Found], int]


PROOFS: Final = {
    "no_plan": Proof("wrote:2", lambda found: found.doubled),
    "no_token": Proof("wrote:2", lambda found: found.doubled),
    "no_silence": Proof("settled:6", lambda found: found.doubled),
    "commit_first": Proof("planned:2", lambda found: found.lost),
}


class Backlog:
    """As a context: a log with the traffic of a seed; each trial has tables and a group of its own.

    In a trial a worker crashes amid the backlog, and the next one would cut its batches otherwise.
    """

    def __init__(self, home: Path) -> None:
        base = Settings(worker_session_s=6.0, log_level="INFO")
        self.stack = Stack(home, workers=0, collector=False, console=False, base=base)
        self._members = Members()
        self._trials = 0

    def __enter__(self) -> Backlog:
        with ExitStack() as parts:
            parts.enter_context(self.stack)
            parts.enter_context(self._members)
            settings = self.stack.settings
            publish_campaigns(settings, definitions(int(time.time() * 1_000)))
            self._traffic = Traffic(settings, Random(1), EVENTS, 0)
            self._traffic.start().joined(WITHIN_S)
            self._parts = parts.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    def trial(self, crash: str, mutation: str = "") -> Found:
        """What is in the tables after a crash there, of a mutated worker or the product's."""
        number, self._trials = self._trials, self._trials + 1
        name = f"{mutation or WHOLE}_{number}"
        settings = msgspec.structs.replace(
            self.stack.settings, kafka_group=name, clickhouse_database=name
        )
        migrate(settings)
        first = program(settings, number, {"batch_rows": 100}, crash=crash, mutation=mutation)
        self._members.start(number, first, crashes=True)
        self._members.await_crash(number, WITHIN_S)
        second = program(settings, number, {"batch_rows": 70}, mutation=mutation)
        self._members.start(number, second, crashes=False)
        settle(settings, WITHIN_S)
        self._members.stop(number)
        return judge(settings, [self._traffic])

    def shows(self, mutation: str) -> bool:
        """Does the suite notice it?"""
        if mutation == OWN_COMMIT:
            return not is_fenced(self.stack.settings, OWN_COMMIT)
        proof = PROOFS[mutation]
        return proof.wrong(self.trial(proof.crash, mutation)) > 0


def is_fenced(settings: Settings, mutation: str = "") -> bool:
    """Does the new owner's plan survive a commit that the old owner began before?"""
    unmutated = CommitThread._commit_under
    if mutation:
        MUTATIONS[mutation]()
    try:
        late = fence.late_commit(settings, f"fence-{mutation or 'kept'}")
        found = asyncio.run(asyncio.wait_for(late, WITHIN_S))
    finally:
        CommitThread._commit_under = unmutated  # type: ignore[method-assign] - put back
    return found == fence.Late(accepted=False, metadata=fence.NEW_PLAN)
