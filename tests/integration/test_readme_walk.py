"""README: its first five minutes, typed as they stand, do what they say."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from streams.embedded.processes import Child
from streams.settings import Settings

pytestmark = pytest.mark.integration

README = (Path(__file__).parents[2] / "README.md").read_text()
FIRST = README.partition("## First five minutes")[2].partition("\n## ")[0]
BLOCK = re.compile(r"```(sh|yaml|html)\n(.*?)```", re.DOTALL)
ELSEWHERE = ("make up", ". .venv/bin/activate", "stepthree up --")  # what stands around the walk
TENANT = "readme"


def walk(collector: str) -> tuple[dict[str, str], str]:
    """The files to write, and the commands as one script against this collector."""
    files, commands = {}, ["set -e"]
    for kind, text in BLOCK.findall(FIRST):
        typed = text.replace("http://127.0.0.1:8080", collector).replace("acme", TENANT)
        if kind == "yaml":
            name, _, body = typed.removeprefix("# ").partition("\n")
            files[name] = body
        elif kind == "html":
            address = re.search(r'src="([^"]+)"', typed)
            assert address
            pixel = address[1].replace("key=KEY", "key=$KEY")
            # a new key is in force within a second, says the README
            commands.append(f'sleep 1; curl -sSf -o pixel.gif "{pixel}"')
        elif not typed.startswith(ELSEWHERE):
            commands.append(typed.replace("curl -sS", "curl -sSf"))
    return files, "\n".join(commands)


def bash(script: str, folder: Path, settings: Settings) -> str:
    """What the script prints, with `stepthree` on the path; its errors are the failure's text."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    answer = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=settings.child_environment() | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def test_the_first_five_minutes_are_true(
    settings: Settings, collector: Child, worker: Child, tmp_path: Path
) -> None:
    files, script = walk(f"http://{settings.collector_host}:{settings.collector_port}")
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    stages = f"SELECT stage, count() AS n FROM events WHERE tenant = '{TENANT}' GROUP BY stage"
    shown = next(line for line in script.splitlines() if line.startswith("stepthree query funnel"))

    bash(script, tmp_path, settings)

    counted = json.loads(bash(f'stepthree query --format json "{stages}"', tmp_path, settings))
    funnel = json.loads(bash(f"{shown} --format json", tmp_path, settings))
    assert (tmp_path / "pixel.gif").read_bytes().startswith(b"GIF89a")
    assert {row["stage"]: row["n"] for row in counted} == {"visit": 2, "talk": 1, "act": 3}
    assert [step["persons"] for step in funnel] == [2, 1, 1]
