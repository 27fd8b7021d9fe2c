"""The worker under test: the real one, which kills itself at a crash point, or has a part replaced.

    FAULT_CRASH=wrote:5 python -m tests.faults.worker

Its variables do not begin with STEPTHREE_: those are the settings', which know only their own.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

import faust

from streams.codec.rows import Place
from streams.ports.facts import FactWriter, InsertBatch
from streams.settings import Settings, read_settings
from streams.warehouse.check import check_tables
from streams.warehouse.writer import Writer
from streams.worker import app as composition
from streams.worker import store
from streams.worker.checkpoint import Checkpointer
from streams.worker.lane import Effect, Planned, Settled, Wrote
from streams.worker.observed import Observed
from streams.worker.store import RocksStore

CRASH: Final = "FAULT_CRASH"  # point:count
MUTATION: Final = "FAULT_MUTATION"  # a name in tests/faults/mutations.py
WRITE_EVERY: Final = 500  # records: the store writes often, so that a crash meets it
EFFECTS: Final = {Planned: "planned", Wrote: "wrote", Settled: "settled"}
POINTS: Final = ("planned", "inserting", "wrote", "settled", "storing", "checkpointing")
STORING_S: Final = 0.003  # about as long as a write takes
CHECKPOINTING_S: Final = 0.03


class CrashPoint:
    """Counts passings of one point; the process ends at the chosen one."""

    def __init__(self, named: str) -> None:
        """`named`: `point:count`, or empty for none."""
        self.point, _, count = named.partition(":")
        self._left = int(count or 0)
        if self.point and (self.point not in POINTS or self._left < 1):
            raise SystemExit(f"{CRASH}: expected one of {POINTS} and a count, found {named!r}")

    def passed(self, point: str) -> None:
        """End here, if it is time."""
        if self._is_time(point):
            os.kill(os.getpid(), signal.SIGKILL)

    def passing(self, point: str, within_s: float) -> None:
        """If it is time, end in the midst of what follows: the kernel does not ask Python."""
        if self._is_time(point):
            signal.setitimer(signal.ITIMER_REAL, Random().uniform(within_s / 100, within_s))

    def _is_time(self, point: str) -> bool:
        self._left -= point == self.point
        return point == self.point and self._left == 0


class CrashingWriter:
    """Implements `FactWriter`: the inserts one by one, with a crash point after the events."""

    def __init__(self, writer: FactWriter, crash: CrashPoint) -> None:
        self._writer, self._crash = writer, crash

    async def write(self, inserts: Sequence[InsertBatch], token: str) -> bool:
        """As the writer inside, table by table."""
        for insert in inserts:
            if not await self._writer.write((insert,), token):
                return False
            if insert.table == "events":
                self._crash.passed("inserting")
        return True

    def give_up(self) -> None:
        """As the writer inside."""
        self._writer.give_up()


def build(settings: Settings, crash: CrashPoint) -> faust.App:
    """The product's worker with its crash points."""
    observed = Observed()

    def observe(place: Place, effect: Effect) -> None:
        observed(place, effect)
        crash.passed(EFFECTS.get(type(effect), ""))

    def writer() -> FactWriter:
        inner = Writer(settings)
        return CrashingWriter(inner, crash) if crash.point == "inserting" else inner

    _before(RocksStore, "_write", lambda: crash.passing("storing", STORING_S))
    _before(Checkpointer, "take", lambda: crash.passing("checkpointing", CHECKPOINTING_S))
    RocksStore.__init__.__defaults__ = _often(RocksStore.__init__.__defaults__)
    return composition.build(settings, writer, observe)


def _before(owner: Any, name: str, happens: Callable[[], None]) -> None:
    """From now on something happens before each call of this function."""
    original = getattr(owner, name)

    def called(*arguments: Any, **named: Any) -> Any:
        happens()
        return original(*arguments, **named)

    setattr(owner, name, called)


def _often(defaults: Sequence[Any] | None) -> tuple[Any, ...]:
    return tuple(WRITE_EVERY if it == store.WRITE_EVERY else it for it in defaults or ())


def main() -> None:
    """Run until told to stop, or until the crash point."""
    settings = read_settings()
    check_tables(settings)
    if mutation := os.environ.get(MUTATION):
        importlib.import_module("tests.faults.mutations").MUTATIONS[mutation]()
    settings.store_folder.mkdir(parents=True, exist_ok=True)
    app = build(settings, CrashPoint(os.environ.get(CRASH, "")))
    faust.Worker(app, loglevel="info", quiet=True).execute_from_commandline()


if __name__ == "__main__":
    sys.exit(main())
