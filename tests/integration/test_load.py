"""Real files through the command, the broker and the worker into ClickHouse."""

from __future__ import annotations

import subprocess
import sys

import pytest

from streams.embedded.processes import Child
from streams.settings import Settings
from streams.warehouse.client import connect
from tests.real_files import ACCESS, REAL_FILES, RealFile

pytestmark = [pytest.mark.integration, pytest.mark.data]


def stepthree(settings: Settings, *words: str) -> str:
    """What the command prints; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "streams", *words],
        env=settings.child_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def totals(settings: Settings, tenant: str) -> tuple[int, int, int, int]:
    """Sessions, persons, events, and events whose time was not believed."""
    client = connect(settings)
    given = {"tenant": tenant}
    ((sessions,),) = client.execute(
        "SELECT sum(sign) FROM sessions WHERE tenant = {tenant:String}", given
    )
    ((persons, events, clamped),) = client.execute(
        "SELECT uniqExact(visitor_key), count(), sum(clamped) FROM events"
        " WHERE tenant = {tenant:String}",
        given,
    )
    client.disconnect()
    return sessions, persons, events, clamped


@REAL_FILES
def test_a_file_gives_its_sessions_and_a_second_load_adds_nothing(
    settings: Settings, worker: Child, real: RealFile
) -> None:
    tenant = f"load-{real.map_name}"
    load = ("load", str(real.path), "--map", str(real.map_path), "--tenant", tenant)
    accepted = real.lines - real.unreadable
    expected = (real.sessions, real.visitors, accepted - real.duplicates, 0)
    for _ in range(2):
        printed = stepthree(settings, *load)
        assert f"accepted  {accepted:>12,}  acknowledged by the broker" in printed
        stepthree(settings, "settle")
        assert totals(settings, tenant) == expected


def test_a_refused_line_is_kept_with_its_reason(settings: Settings, worker: Child) -> None:
    tenant = "load-refused"
    stepthree(settings, "load", str(ACCESS.path), "--map", str(ACCESS.map_path), "--tenant", tenant)
    stepthree(settings, "settle")
    client = connect(settings)
    found = client.execute(
        "SELECT reason, source, startsWith(original, '46.118.127.106 - - [20/May/2015:12:05:17')"
        " FROM dead_letters WHERE tenant = {tenant:String}",
        {"tenant": tenant},
    )
    client.disconnect()
    assert found == [("unreadable_line", "load:apache_access", 1)]
