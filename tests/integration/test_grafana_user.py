"""Grafana's user: the users file that is deployed, tried on the engine with every panel's SQL.

The embedded engine knows one user only, so that the file's `grafana` is tried under that name, in a
process of its own, over tables that were made before. It cannot open a setting to a read-only user,
which the server can: that part of the file is left out.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.warehouse.migrations import declared_migrations
from tests.grafana import filled_in, targets

pytestmark = pytest.mark.integration

USERS = Path(__file__).parents[2] / "deploy" / "clickhouse" / "users.d" / "grafana.xml"
CONFIG = "<clickhouse><users_config>users.xml</users_config></clickhouse>"
SHOWN = {"tenant": "acme", "campaign": "c", "__from": 0, "__to": 60_000, "__interval_s": 60}
RUN = """
import json, sys, chdb
connection = chdb.connect(sys.argv[1])
def answer(sql):
    try:
        return str(connection.query(sql, "TSV"))
    except RuntimeError as error:
        return f"refused: {error}"
print(json.dumps([answer(sql) for sql in json.load(sys.stdin)]))
"""

Ask = Callable[..., list[str]]


def run(data: Path, folder: Path, statements: list[str]) -> list[str]:
    """Each statement's answer, by an engine that reads its configuration in this folder."""
    answer = subprocess.run(
        [sys.executable, "-c", RUN, str(data)],
        cwd=folder,
        input=json.dumps(statements),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: list[str] = json.loads(answer.stdout)
    return found


def engine_users() -> str:
    """The file's `grafana` under the engine's one name, without a password."""
    text = re.sub(r"(</?)grafana>", r"\1default>", USERS.read_text())
    text = text.replace("<profile>grafana<", "<profile>default<")
    text = re.sub(r"<password [^>]*/>", "<password></password>", text)
    text = re.sub(r"<constraints>.*</constraints>", "", text, flags=re.DOTALL)
    return text.replace("</profiles>", "</profiles><quotas><default/></quotas>")


@pytest.fixture(scope="module")
def grafana(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Asks as Grafana's user."""
    data, maker, user = (tmp_path_factory.mktemp(name) for name in ("data", "maker", "user"))
    tables = [text for each in declared_migrations().values() for text in each.up]
    made = run(data, maker, ["CREATE DATABASE stepthree", "USE stepthree", *tables])
    assert [text for text in made if text] == []
    (user / "config.xml").write_text(CONFIG)
    (user / "users.xml").write_text(engine_users())
    return lambda *statements: run(data, user, ["USE stepthree", *statements])[1:]


def test_every_panel_may_be_asked(grafana: Ask) -> None:
    answers = grafana(*(filled_in(target.sql, SHOWN) for target in targets("sql")))

    assert [text for text in answers if text.startswith("refused")] == []


def test_limits_may_not_be_lifted(grafana: Ask) -> None:
    answers = grafana("SELECT 1 SETTINGS max_memory_usage = 0", "SET readonly = 0")

    assert all(text.startswith("refused") for text in answers), answers


def test_nothing_may_be_written_or_read_elsewhere(grafana: Ask) -> None:
    answers = grafana(
        "INSERT INTO origins (tenant, origin_key, origin) VALUES ('x', 1, 'y')",
        "DROP TABLE events",
        "CREATE TABLE other (x UInt8) ENGINE = Memory",
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a Int8')",
        "SELECT * FROM system.users",
    )

    assert all(text.startswith("refused") for text in answers), answers
