"""`dead-letters` on the session's stack: what a key that nobody knew refused, and its replay."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from streams.__main__ import cli
from streams.clock import now_ms
from streams.collector.keys import add_key
from streams.settings import Settings
from streams.warehouse.client import connect
from tests.integration.test_collector import new_key
from tests.senders import ask

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("collector", "worker")]

LOST, TWIN = "dl-lost", "dl-twin"
PAGE = {"Referer": "https://river.example/?utm_source=mail"}
HITS = (
    ("v=a&k=page_view", PAGE),
    ("v=a&k=comment&c=river&seq=1", {}),
    ("v=a&k=comment&c=river&seq=1", {}),
    ("k=signature&c=river", {"Cookie": "stepthree_visitor=b"}),
    ("v=c&k=page_view&c=river", {"Sec-GPC": "1"}),
)
EVENTS = """
SELECT visitor, stage, kind, campaign, page, channel_source, consent, source, count()
FROM events WHERE tenant = {tenant:String} GROUP BY ALL ORDER BY ALL
"""
OF_TENANT = "WHERE tenant = {tenant:String}"
TOTALS = (
    "SELECT sum(sign) FROM sessions",
    "SELECT sum(sign), sum(sign * acts) FROM journeys",
    "SELECT sum(visited), sum(talked), sum(acted) FROM funnel_by_reached",
    "SELECT sum(sides.received), sum(sides.accepted), sum(sides.duplicates), sum(sides.dropped),"
    " sum(sides.dead_letters), sum(sides.missing) FROM conservation AS sides",
)

Word = Callable[..., Result]


@pytest.fixture
def word(settings: Settings, tmp_path: Path) -> Word:
    """A `stepthree` command that knows the keys which the collector did not know."""
    own = msgspec.structs.replace(settings, collector_keys=tmp_path / "later.yaml")

    def run(*arguments: str) -> Result:
        return CliRunner(env=own.environment()).invoke(cli, arguments)

    return run


def facts(settings: Settings, tenant: str) -> list[Any]:
    """What stands in the tables of a tenant."""
    client = connect(settings)
    try:
        asked = {"tenant": tenant}
        totals = [client.execute(f"{total} {OF_TENANT}", asked) for total in TOTALS]
        return [*client.execute(EVENTS, asked), *totals]
    finally:
        client.disconnect()


def iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat()


def test_what_an_unknown_key_refused_counts_after_the_replay_as_if_it_had_been_known(
    settings: Settings, word: Word, tmp_path: Path
) -> None:
    key, known = add_key(tmp_path / "later.yaml", LOST, "public"), new_key(settings, TWIN)
    began = iso(now_ms() - 1)
    which = ("--reason", "unknown_key", "--since", began)
    for query, headers in HITS:
        for each in (key, known):
            assert ask(settings, f"/p.gif?key={each}&{query}", headers=headers).status == 200
    assert word("settle", "--timeout", "60").exit_code == 0

    (listed,) = json.loads(word("dead-letters", "list", *which, "--format", "json").stdout)
    assert (listed["tenant"], listed["source"], listed["dead_letters"]) == ("", "pixel", len(HITS))
    shown = word("dead-letters", "show", listed["last_id"]).stdout
    assert "reason       unknown_key" in shown
    assert 'header       told: {"consent":"denied",' in shown
    assert shown.rstrip().endswith(f"key={key}&v=c&k=page_view&c=river")

    dry = word("dead-letters", "replay", *which, "--dry-run")
    assert dry.stdout == "5 dead letters would be replayed as 5 interactions\n"
    for _ in range(2):  # the second one before the first is folded, or after: it adds nothing
        assert word("dead-letters", "replay", *which).exit_code == 0
    assert word("settle", "--timeout", "60").exit_code == 0

    assert facts(settings, LOST) == facts(settings, TWIN)
    assert json.loads(word("dead-letters", "list", *which, "--format", "json").stdout) == []
    assert word("dead-letters", "replay", *which).stdout.startswith("0 dead letters were replayed")
    assert "replayed     1" in word("dead-letters", "show", listed["last_id"]).stdout


def test_what_still_is_no_interaction_stays_and_is_told(settings: Settings, word: Word) -> None:
    key = new_key(settings, "dl-bad")
    body = b'[{"visitor":"v","kind":"comment","page":7},{"visitor":"w\\u0000","kind":"comment"}]'
    assert ask(settings, "/v1/interactions", body, {"x-write-key": key}).status == 400
    assert word("settle", "--timeout", "60").exit_code == 0

    done = word("dead-letters", "replay", "--tenant", "dl-bad", "--reason", "bad_field")

    assert done.exit_code == 1
    assert "2 still are no interaction:" in done.stdout
    assert "1 bad_field: page: expected a string of at most 2048 characters, found 7" in done.stdout
    table = word("dead-letters", "list", "--tenant", "dl-bad").stdout
    assert "bad_field" in table and "rejections:0:" in table


def test_wrong_use_is_told(word: Word) -> None:
    neither = word("dead-letters", "replay")
    assert (neither.exit_code, "expected --reason or --since" in neither.stderr) == (2, True)
    nowhere = word("dead-letters", "show", "rejections:0:999999999")
    assert (nowhere.exit_code, "found none" in nowhere.stderr) == (1, True)
    assert word("dead-letters", "show", "17").exit_code == 2
