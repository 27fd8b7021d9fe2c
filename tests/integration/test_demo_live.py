"""`stepthree demo`: history, then live traffic until Ctrl-C, and nothing of it left behind."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.demo.verdict import count_events
from streams.settings import read_settings
from tests.processes import wait_until
from tests.running import processes_of

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("broker_jars")]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def demo(home: Path) -> Iterator["subprocess.Popen[str]"]:
    others = {name: it for name, it in os.environ.items() if not name.startswith("STEPTHREE_")}
    arguments = ("demo", "--events", "600", "--rate", "40", "--home", str(home))
    process = subprocess.Popen(
        [sys.executable, "-m", "streams", *arguments],
        cwd=ROOT,
        env=others | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process
    process.kill()
    process.wait()


def lines_until(process: "subprocess.Popen[str]", start: str) -> list[str]:
    """The lines printed until one starts so; all of them when none does."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.strip())
        if line.strip().startswith(start):
            break
    return lines


def test_the_page_is_told_events_keep_coming_and_ctrl_c_ends_all(
    demo: "subprocess.Popen[str]", home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = lines_until(demo, "live:")
    assert lines[-1].startswith("live: about 40 events per second"), lines
    (page,) = [line.split()[-1] for line in lines if line.startswith("live page")]
    with urllib.request.urlopen(page, timeout=10) as answer:
        assert answer.status == 200

    monkeypatch.setenv("STEPTHREE_HOME", str(home))
    settings = read_settings()
    wait_until(lambda: count_events(settings) > 800)

    demo.send_signal(signal.SIGINT)
    rest = demo.communicate(timeout=60)[0]
    assert demo.returncode == 0, rest
    assert "stopping ..." in rest
    assert list(processes_of(home)) == []
