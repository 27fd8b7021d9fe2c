"""`stepthree load` as it is typed, up to the broker, and as it sends, with a log of our own."""

import gzip
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from streams.commands.load import command, send
from streams.load.files import LoadFile
from streams.load.limit import DEFAULT_LIMIT, Limit
from streams.load.loading import Load
from tests.fakes.eventlog import FakeLog
from tests.unit.load.builders import MINIMAL, file_map

HEAD = b"who,at\n"
LINE_OF_5_INTERACTIONS = (
    "Nothing was sent. Of the first 7 lines 6 are interactions, 1 would be refused."
)


def typed(folder: Path, content: bytes, *options: str, map_text: str = MINIMAL) -> Result:
    """The command with a file of this content and this map, and no broker anywhere."""
    file, map_path = folder / "some.csv", folder / "some.yaml"
    file.write_bytes(content)
    map_path.write_text(map_text)
    return CliRunner(env={"STEPTHREE_KAFKA_BOOTSTRAP": "127.0.0.1:1"}).invoke(
        command, [str(file), "--map", str(map_path), *options]
    )


def sent(
    folder: Path,
    content: bytes,
    log: FakeLog,
    capsys: pytest.CaptureFixture[str],
    limit: Limit = DEFAULT_LIMIT,
) -> tuple[str, str]:
    """What sending this content to this log prints, and the error it ends with, or nothing."""
    file = folder / "some.csv"
    file.write_bytes(content)
    error = ""
    with LoadFile(file) as opened:
        try:
            send(Load(opened, file_map(), "acme"), limit, lambda: log)
        except click.ClickException as ended:
            assert ended.exit_code == 1
            error = ended.message
    return capsys.readouterr().out, error


def rows(good: int, bad: int = 0) -> bytes:
    """Good lines, then refused ones."""
    return b"".join(b"v,%d\n" % (n + 1) for n in range(good)) + b"v,then\n" * bad


def test_a_dry_run_shows_the_first_five_and_sends_nothing(tmp_path: Path) -> None:
    content = HEAD + b"".join(b"v%d,143185710%d\n" % (n, n) for n in range(6)) + b"v7,today\n"
    result = typed(tmp_path, content, "--tenant", "acme", "--dry-run")
    assert result.exit_code == 0, result.output
    assert [f"v{n}" in result.output for n in range(7)] == [True] * 5 + [False] * 2
    assert "2015-05-17T10:05:00.000Z" in result.output
    assert LINE_OF_5_INTERACTIONS in result.output
    assert "bad_field" in result.output
    assert "first: line 8" in result.output


@pytest.mark.parametrize(
    ("options", "map_text", "expected"),
    [
        ([], MINIMAL, "--tenant: expected here or as the map's `tenant`, found neither"),
        (["--tenant", "a b"], MINIMAL, "--tenant: expected at most 64 characters"),
        (["--tenant", "t"], MINIMAL + "  pge: u\n", "some.yaml: fields.pge: expected one of"),
        (["--tenant", "t"], MINIMAL + "  page: url\n", "fields.page: expected a column of the"),
        (["--tenant", "t", "--max-refused", "lots"], MINIMAL, "expected a number of lines or"),
    ],
)
def test_wrong_use_is_exit_code_2_and_says_what_was_expected(
    tmp_path: Path, options: list[str], map_text: str, expected: str
) -> None:
    result = typed(tmp_path, HEAD + rows(1), *options, map_text=map_text)
    assert result.exit_code == 2
    assert expected in result.output


def test_a_file_or_map_that_is_not_there_is_exit_code_2(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [str(tmp_path / "no.csv"), "--map", "no.yaml"])
    assert result.exit_code == 2
    assert "does not exist" in result.output


def test_the_maps_tenant_is_taken_where_none_is_said(tmp_path: Path) -> None:
    result = typed(tmp_path, HEAD + rows(1), "--dry-run", map_text=MINIMAL + "tenant: acme\n")
    assert result.exit_code == 0, result.output


def test_a_wrong_map_is_found_before_anything_is_sent(tmp_path: Path) -> None:
    result = typed(tmp_path, HEAD + rows(good=400, bad=1_000), "--tenant", "acme")
    assert result.exit_code == 1
    assert "600 of the first 1,000 lines were refused, more than 50 %" in result.output
    assert "Nothing was sent." in result.output
    assert "bad_field" in result.output


def test_the_summary_counts_every_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = FakeLog()
    content = HEAD + rows(good=3, bad=2) + b"too,many,columns\n"
    output, error = sent(tmp_path, content, log, capsys)
    assert error == ""
    lines = output.splitlines()
    assert lines[0].startswith("read                 6  lines in ")
    assert lines[1:3] == [
        "accepted             3  acknowledged by the broker",
        "refused              3  sent to the topic rejections",
    ]
    assert "  bad_field          2  first: line 5" in lines
    assert '      occurred_at: expected seconds since 1970, found "then"' in lines
    assert "  unreadable_line    1  first: line 7" in lines
    assert "More than half" not in output
    assert len(log.values("interactions")) == 3
    assert log.values("rejections") == [b"v,then", b"v,then", b"too,many,columns"]
    assert log.is_closed


def test_a_short_file_of_refused_lines_is_loaded_and_the_map_doubted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output, error = sent(tmp_path, HEAD + rows(good=1, bad=2), FakeLog(), capsys)
    assert error == ""
    assert "More than half of the lines were refused: is this the map for this file?" in output


@pytest.mark.parametrize("content", [b"", b"\n", HEAD])
def test_an_empty_file_is_read_to_its_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    output, error = sent(tmp_path, content, FakeLog(), capsys)
    assert error == ""
    assert "read                 0  lines" in output


def test_a_truncated_file_counts_what_it_has_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = FakeLog()
    whole = gzip.compress(HEAD + rows(20_000))
    output, error = sent(tmp_path, whole[: len(whole) // 2], log, capsys)
    read = len(log.values("interactions"))
    assert 1_000 < read < 20_000
    assert f"read      {read:>12,}  lines" in output
    assert f"accepted  {read:>12,}  acknowledged" in output
    assert "some.csv: expected the file to go on, found its end or damage" in error
    assert f"What was read before that, {read:,} lines, was treated as usual." in error


def test_a_file_that_breaks_within_its_first_lines_counts_them_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = FakeLog()
    whole = gzip.compress(HEAD + rows(20), compresslevel=0)
    output, error = sent(tmp_path, whole[:-20], log, capsys)
    assert len(log.values("interactions")) > 0
    assert f"{len(log.values('interactions'))}  acknowledged" in output
    assert "found its end or damage" in error


def test_a_broker_that_fails_is_an_error_and_what_it_took_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = FakeLog(room=10, fails_from=16)
    output, error = sent(tmp_path, HEAD + rows(100), log, capsys)
    assert "accepted            15  acknowledged by the broker" in output
    assert error.startswith("the broker failed: no broker. What it acknowledged stays;")
    assert log.is_closed


def test_a_limit_passed_later_stops_the_load_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = FakeLog()
    output, error = sent(tmp_path, HEAD + rows(good=2_000, bad=500), log, capsys, Limit(lines=10))
    assert "refused             11" in output
    assert error == "more than 10 lines were refused. Stopped after line 2012; see --max-refused."
    assert len(log.values("interactions")) == 2_000


def test_no_broker_is_exit_code_1_and_says_what_to_do(tmp_path: Path) -> None:
    result = typed(tmp_path, HEAD + rows(1), "--tenant", "acme")
    assert result.exit_code == 1
    assert "expected a Kafka broker at 127.0.0.1:1, none answered" in result.output
    assert "stepthree up" in result.output


def test_the_help_has_examples() -> None:
    result = CliRunner().invoke(command, ["--help"])
    assert result.exit_code == 0
    assert "stepthree load readers.csv.gz --map readers.yaml --tenant acme" in result.output
