"""`settle`, `query`, `topics`, `migrate` and `doctor` against the session's stack."""

import json
from collections.abc import Callable

import msgspec
import pytest
from click.testing import CliRunner, Result

from streams.__main__ import cli
from streams.eventlog.producer import Producer
from streams.eventlog.settle import NotSettledError, settle
from streams.settings import Settings
from streams.topics import REJECTIONS

pytestmark = pytest.mark.integration

Word = Callable[..., Result]


@pytest.fixture
def word(settings: Settings) -> Word:
    """A `stepthree` command with the stack's settings, some of them changed."""

    def run(*arguments: str, **changes: object) -> Result:
        changed = msgspec.structs.replace(settings, **changes)
        return CliRunner(env=changed.environment()).invoke(cli, arguments)

    return run


@pytest.fixture
def nobody(settings: Settings) -> Settings:
    """A group that no worker is in, and one record more for it to settle."""
    producer = Producer(settings)
    headers = [("tenant", b"words"), ("source", b"test"), ("reason", b"schema"), ("detail", b"")]
    producer.publish(REJECTIONS, None, b"bytes", headers, lambda error: None)
    assert producer.flush(10) == 0
    producer.close()
    return msgspec.structs.replace(settings, kafka_group="nobody")


def test_settle_tells_what_does_not_move(nobody: Settings) -> None:
    told = r"nothing moved for 0\.3 s: .*rejections\[0\] [\d,]+ r"
    with pytest.raises(NotSettledError, match=told):
        settle(nobody, timeout_s=60, stalled_s=0.3)


def test_settle_gives_up_when_the_time_is_over(word: Word, nobody: Settings) -> None:
    done = word("settle", "--timeout", "0", kafka_group=nobody.kafka_group)
    assert done.exit_code == 1
    assert "not settled after 0 s" in done.stderr
    assert "No worker is in group nobody" in done.stderr


@pytest.mark.usefixtures("worker")
def test_settle_returns_when_the_worker_has_written_everything(
    word: Word, nobody: Settings
) -> None:
    assert word("settle", "--timeout", "60").exit_code == 0
    sql = "SELECT count() > 0 AS n FROM dead_letters WHERE tenant = {t:String}"
    found = word("query", sql, "--param", "t=words", "--format", "json")
    assert json.loads(found.stdout) == [{"n": 1}]


def test_query_runs_a_named_query_with_its_parameters(word: Word) -> None:
    found = word(
        *("query", "conservation", "--param", "tenant=none", "--param", "from_ms=2026-01-01"),
        *("--param", "to_ms=now", "--format", "csv"),
    )
    assert found.exit_code == 0
    assert found.stdout.startswith("received,") or "," in found.stdout


def test_query_lists_the_named_queries(word: Word) -> None:
    assert "\nfunnel --param tenant=String" in word("query", "--list").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("SELECT nope",), 1, "Error: ClickHouse error 47: Unknown expression identifier `nope`"),
        (("no_such_query",), 2, "expected one of "),
        (("funnel",), 2, "query funnel: expected parameters"),
        (("SELECT 1", "--param", "novalue"), 2, "expected name=value, found 'novalue'"),
        (("SELECT 1", "--param", "a_ms=soon"), 2, "a_ms: expected milliseconds, now, or a time"),
        ((), 2, "expected SQL or a query's name"),
    ],
)
def test_query_tells_what_is_wrong(
    word: Word, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = word("query", *arguments)
    assert (done.exit_code, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_clickhouse_that_is_away_is_told_in_one_line(word: Word) -> None:
    done = word("query", "SELECT 1", clickhouse_port=1)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: no ClickHouse answers at 127.0.0.1:1 ")
    assert done.stderr.count("\n") == 1


def test_topics_and_tables_that_are_as_declared_are_left_alone(word: Word) -> None:
    assert word("topics", "apply").stdout == "all topics are as declared\n"
    assert word("migrate").stdout == "all tables are as declared\n"


@pytest.mark.usefixtures("worker")
def test_doctor_finds_a_running_stack_well(word: Word) -> None:
    done = word("doctor")
    assert (done.exit_code, done.stdout.count("\n")) == (0, 7)
    assert "failed" not in done.stdout


@pytest.mark.parametrize(
    ("changes", "failed", "advice"),
    [
        ({"kafka_group": "nobody"}, "failed  workers: no worker of group nobody", "worker"),
        ({"kafka_bootstrap": "127.0.0.1:1"}, "failed  broker: no Kafka broker answers", "up"),
        ({"clickhouse_port": 1}, "failed  ClickHouse: ", "up"),
        ({"clickhouse_database": "none"}, "failed  ClickHouse: ", "migrate"),
    ],
)
def test_doctor_says_what_is_wrong_and_what_to_do(
    word: Word, changes: dict[str, object], failed: str, advice: str
) -> None:
    done = word("doctor", **changes)
    assert done.exit_code == 1
    assert failed in done.stdout
    assert f"`stepthree {advice}`" in done.stdout
