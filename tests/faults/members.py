"""Members: the workers of a run, each a static member with a state of its own.

One that ends because it cannot go on is started anew, as its supervisor does everywhere; any other
end that nobody asked for makes the run wrong.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from streams.embedded.ports import choose_ports
from streams.embedded.processes import Child, Program, Supervisor
from streams.embedded.programs import says_ready
from streams.settings import Settings
from tests.faults import worker

FAILED: Final = 70  # how a worker ends that cannot go on, for its supervisor to start anew
ROOT: Final = Path(__file__).parents[2]
CRASHED: Final = (-signal.SIGKILL, -signal.SIGALRM)  # how a worker ends at its crash point


class Members:
    """Starts and ends them by number; use as a context."""

    def __init__(self) -> None:
        self.running: dict[int, Child] = {}
        self.revived = 0
        self._supervisor = Supervisor()

    def __enter__(self) -> Members:
        return self

    def __exit__(self, *_: object) -> None:
        self._supervisor.close()

    def start(self, number: int, program: Program, *, crashes: bool) -> Child:
        """Start it; returns when it holds its partitions, or has come to its crash point."""
        child = self._launch(number, program)
        until(
            lambda: child.exit_code is not None or program.is_ready(),
            program.ready_within_s,
            f"{program.name} ready",
        )
        if child.exit_code not in (None, FAILED) and not (crashes and child.exit_code in CRASHED):
            raise child.error(f"ended with exit code {child.exit_code}")
        return child

    def kill(self, number: int) -> None:
        """SIGKILL."""
        child = self.running.pop(number)
        child.kill()
        self._supervisor.forget(child)

    def stop(self, number: int) -> None:
        """SIGTERM, and wait."""
        self._supervisor.stop(self.running.pop(number))

    def await_crash(self, number: int, within_s: float) -> None:
        """Until it has ended itself."""
        child = self.running[number]
        until(lambda: child.exit_code is not None, within_s, f"{child.program.name} crashed")
        if child.exit_code not in CRASHED:
            raise child.error(f"ended with exit code {child.exit_code}, not at its crash point")
        self.kill(number)

    def revive(self) -> None:
        """Start those anew that could not go on; ChildError for any other that ended by itself."""
        for number, child in tuple(self.running.items()):
            if child.exit_code is None:
                continue
            if child.exit_code != FAILED:
                raise child.error(f"ended with exit code {child.exit_code}, and nobody stopped it")
            self.kill(number)
            self._launch(number, child.program)
            self.revived += 1

    def _launch(self, number: int, program: Program) -> Child:
        child = self.running[number] = self._supervisor.start(program)
        return child


def until(condition: Callable[[], bool], within_s: float, what: str) -> None:
    """Wait for a condition; AssertionError when it does not hold in time."""
    until_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until_s, f"expected {what} within {within_s:g} s"
        time.sleep(0.02)


def program(
    settings: Settings,
    number: int,
    changes: Mapping[str, Any],
    *,
    crash: str = "",
    mutation: str = "",
) -> Program:
    """`worker-NUMBER` under test; `changes` are settings of its own."""
    name = f"worker-{number}"
    (port,) = choose_ports({name: 0}).values()
    own: dict[str, Any] = {
        "worker_instance": name,
        "worker_store": settings.home / "state" / name,
        "worker_metrics_port": port,
    }
    theirs = msgspec.structs.replace(settings, **(own | dict(changes)))
    variables = {worker.CRASH: crash, worker.MUTATION: mutation, "PYTHONPATH": str(ROOT)}
    return Program(
        name=name,
        arguments=(sys.executable, "-m", "tests.faults.worker"),
        environment=theirs.child_environment() | variables,
        log=settings.home / "logs" / f"{name}.log",
        is_ready=lambda: says_ready(port),
    )
