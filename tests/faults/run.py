"""A run: a stack of its own, traffic of its seed, a scenario, and the verdict about what is left.

Nothing but the fault differs between two runs of one scenario and seed.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec

from streams.embedded.processes import Child, ChildError
from streams.embedded.stack import Stack
from streams.eventlog.admin import BrokerError
from streams.eventlog.campaigns import publish_campaigns
from streams.eventlog.settle import NotSettledError, settle
from streams.settings import Settings
from tests.faults import members
from tests.faults.content import Content, definitions
from tests.faults.oracle import Found, Verdict, judge
from tests.faults.registry import SCENARIOS, Scenario
from tests.faults.traffic import Traffic
from tests.faults.watcher import Watcher, recovery_s

SETTLED_WITHIN_S: Final = 180.0
STALLED_S: Final = 60.0
LOOK_AGAIN_S: Final = 0.1
BASE: Final = Settings(worker_session_s=6.0, batch_rows=5_000, log_level="INFO")


class Run:
    """As a context: the stack is up and the traffic flows inside; `verdict` when it is over."""

    def __init__(
        self,
        scenario: Scenario | str,
        seed: int,
        events: int,
        home: Path,
        mutation: str = "",
    ) -> None:
        """`mutation`: what is broken in every worker on purpose, see mutations.py."""
        self.scenario = SCENARIOS[scenario] if isinstance(scenario, str) else scenario
        self.seed, self.events, self.mutation = seed, events, mutation
        self.home = home
        self.random = Random(f"{self.scenario.name} {seed}")
        self.rate = events / self.scenario.seconds
        self.stack = Stack(
            self.home,
            workers=0,
            collector=False,
            console=False,
            base=msgspec.structs.replace(BASE, **self.scenario.settings),
        )
        self.workers = members.Members()
        self.faults: list[float] = []
        self.traffics: list[Traffic] = []
        self._watcher = Watcher(self.stack.settings)

    def __enter__(self) -> Run:
        with ExitStack() as parts:
            parts.enter_context(self.stack)
            parts.enter_context(self.workers)
            versions = publish_campaigns(self.settings, definitions(int(time.time() * 1_000)))
            self._begin_ms = max(version.effective_from for version in versions)
            self._watcher.start()
            parts.callback(self._watcher.stop)
            self._parts = parts.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    @property
    def settings(self) -> Settings:
        """What points at the stack."""
        return self.stack.settings

    def traffic(
        self,
        content: Content | None = None,
        count: int | None = None,
        rate: float | None = None,
    ) -> Traffic:
        """Begin to send; content, count and rate of the scenario unless told otherwise.

        A scenario that needs more than its own, which flows already, begins another one.
        """
        random = Random(f"traffic {self.scenario.name} {self.seed} {len(self.traffics)}")
        traffic = Traffic(
            self.settings,
            random,
            self.events if count is None else count,
            self.rate if rate is None else rate,
            content=content or self.scenario.content,
            begin_ms=self._begin_ms,
        )
        self.traffics.append(traffic.start())
        return traffic

    def start_worker(
        self, number: int = 0, crash: str = "", mutation: str = "", **settings: Any
    ) -> Child:
        """Start `worker-NUMBER`; returns when it holds its partitions, or has crashed.

        `crash`: `point:count`, see tests/faults/worker.py; `settings` are its own.
        """
        program = members.program(
            self.settings, number, settings, crash=crash, mutation=mutation or self.mutation
        )
        return self.workers.start(number, program, crashes=bool(crash))

    def kill(self, number: int = 0) -> None:
        """SIGKILL; a fault."""
        self.workers.kill(number)
        self.fault()

    def signal(self, number: int, signal_number: signal.Signals) -> None:
        """Send a signal to a worker's process."""
        os.kill(self.workers.running[number].pid, signal_number)

    def stop(self, number: int = 0) -> None:
        """As a careful operator would: SIGTERM, and wait."""
        self.workers.stop(number)

    def await_crash(self, number: int = 0, within_s: float = 60.0) -> None:
        """Wait until the worker has ended itself at its crash point; a fault."""
        self.workers.await_crash(number, within_s)
        self.fault()

    def store(self, number: int = 0) -> Path:
        """The folder of a worker's state."""
        return self.home / "state" / f"worker-{number}"

    def pause(self, low_s: float, high_s: float) -> None:
        """Some time passes; which, the seed says."""
        time.sleep(self.random.uniform(low_s, high_s))

    def fault(self) -> None:
        """Something was done that the workers may feel from now on."""
        self.faults.append(time.monotonic())

    def until(self, condition: Callable[[], bool], within_s: float, what: str) -> None:
        """Wait for a condition; AssertionError when it does not hold in time."""
        members.until(condition, within_s, what)

    def settle_all(self) -> None:
        """All traffic is in the log, and all of the log is in the tables."""
        for traffic in self.traffics:
            while not traffic.joined(LOOK_AGAIN_S):
                self.workers.revive()
        settle(self.settings, SETTLED_WITHIN_S, STALLED_S, lambda _: self.workers.revive())

    def verdict(self) -> Verdict:
        """Settle and judge; workers end first, so that nothing changes meanwhile."""
        self.settle_all()
        seen = list(self._watcher.seen)
        for number in tuple(self.workers.running):
            self.stop(number)
        recovered_s = round(recovery_s(seen, self.faults, self.rate), 1) if self.faults else None
        return self._verdict(judge(self.settings, self.traffics), recovered_s)

    def unfinished(self, error: Exception) -> Verdict:
        """The verdict of a run that did not come to its end."""
        return self._verdict(Found(0, 0, 0, (f"{type(error).__name__}: {error}",)), None)

    def _verdict(self, found: Found, recovered_s: float | None) -> Verdict:
        return Verdict(
            scenario=self.scenario.name,
            seed=self.seed,
            events=sum(traffic.count for traffic in self.traffics),
            lost=found.lost,
            doubled=found.doubled,
            rollup_diff=found.rollup_diff,
            recovery_s=recovered_s,
            different=found.different,
        )


def play(
    scenario: Scenario | str, seed: int, events: int, home: Path, mutation: str = ""
) -> Verdict:
    """One run from its stack to its verdict; a run that cannot end is wrong, and says why."""
    with Run(scenario, seed, events, home, mutation) as run:
        run.traffic()
        try:
            run.scenario(run)
            return run.verdict()
        except (AssertionError, NotSettledError, ChildError, BrokerError) as error:
            return run.unfinished(error)
