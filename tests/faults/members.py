"""Members: the workers of a run as programs, each a static member with a state of its own."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from streams.embedded.ports import choose_ports
from streams.embedded.processes import Program
from streams.embedded.programs import says_ready
from streams.settings import Settings
from tests.faults import worker

ROOT: Final = Path(__file__).parents[2]
CRASHED: Final = (-signal.SIGKILL, -signal.SIGALRM)  # how a worker ends at its crash point


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
        "worker_store": store(settings, number),
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


def store(settings: Settings, number: int) -> Path:
    """The folder of a worker's state."""
    return settings.home / "state" / f"worker-{number}"
