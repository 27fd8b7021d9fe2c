"""An endpoint for tests: the embedded engine in a process of its own, on a free port."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clickhouse_driver import Client

ROOT = Path(__file__).parents[2]
MODULE = "streams.embedded.clickhouse"


class Endpoint:
    """One running process over a data folder; stop() or kill() ends it."""

    def __init__(self, path: Path, *arguments: str) -> None:
        self.path = path
        self.process = launch(path, *arguments)
        assert self.process.stdout is not None
        ready = self.process.stdout.readline()
        assert ready.startswith("listening on 127.0.0.1:"), ready
        self.port = int(ready.rpartition(":")[2])

    def client(self, **options: Any) -> Client:
        return Client("127.0.0.1", port=self.port, send_receive_timeout=30, **options)

    def stop(self) -> int:
        """Asks it to end; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self._ended()

    def kill(self) -> int:
        self.process.kill()
        return self._ended()

    def _ended(self) -> int:
        code = self.process.wait(20)
        if self.process.stdout:
            self.process.stdout.close()
        return code


def launch(path: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", MODULE, "--path", str(path), "--port", "0", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def refuses_to_start(path: Path, *arguments: str) -> tuple[int, str]:
    """The exit code and error text of a start that fails."""
    command = [sys.executable, "-m", MODULE, "--path", str(path), "--port", "0", *arguments]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    return ended.returncode, ended.stderr


def eventually(holds: Callable[[], bool], within_s: float = 10.0) -> bool:
    """Whether a condition comes to hold in time."""
    deadline = time.monotonic() + within_s
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return held
