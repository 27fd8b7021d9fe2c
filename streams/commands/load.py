"""stepthree load: a file of past interactions, line by line, to the log."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from streams.clock import monotonic_s, now_ms
from streams.domain.interaction import NAME_PATTERN
from streams.eventlog.producer import Producer
from streams.load.files import LoadFile
from streams.load.limit import DEFAULT_LIMIT, Limit, TooManyRefused, parse_limit
from streams.load.loading import Begun, Load, begin, judge, send_all
from streams.load.mapfile import MapError, read_map
from streams.load.progress import progress_on
from streams.load.readers import with_format
from streams.load.report import PLAIN_WIDTH, print_dry_run, refusals, summary
from streams.load.sending import BrokerFailed, Sender
from streams.load.tally import Tally
from streams.ports.eventlog import EventLog
from streams.settings import Settings, read_settings

REACHABLE_S: Final = 5.0

OpenLog = Callable[[], EventLog]


class LimitType(click.ParamType):
    """`N` lines or `P%`."""

    name = "N|P%"

    def convert(
        self, value: str | Limit, param: click.Parameter | None, ctx: click.Context | None
    ) -> Limit:
        if isinstance(value, Limit):
            return value
        try:
            return parse_limit(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "map_path",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="How the file's columns become an interaction's fields (YAML).",
)
@click.option("--tenant", default="", help="Whose interactions these are; else the map's tenant.")
@click.option("--dry-run", is_flag=True, help="Show the first five interactions, send nothing.")
@click.option(
    "--max-refused",
    type=LimitType(),
    default=DEFAULT_LIMIT,
    show_default="half of the first 1,000 lines",
    help="Give up when more lines than this are refused.",
)
def command(file: Path, map_path: Path, tenant: str, dry_run: bool, max_refused: Limit) -> None:
    """Load a FILE of past interactions: CSV, TSV, NDJSON or a web server's combined log.

    The file may be packed with gzip or zstd. A line that cannot be an interaction is kept among
    the rejections and counted. Loading the same file twice adds nothing.

    \b
    Examples:
      stepthree load readers.csv.gz --map readers.yaml --tenant acme --dry-run
      stepthree load readers.csv.gz --map readers.yaml --tenant acme
      stepthree load access.log.1 --map access.yaml --tenant acme --max-refused 1%

    \b
    A map (readers.yaml):
      fields:
        visitor: uuid                                   # a column's name
        occurred_at: {column: timestamp, time: epoch_s}
        stage: {constant: visit}
        kind: {constant: page_view}
        page: url

    Exit codes: 0 all lines were read, 1 not all were or the broker failed, 2 the map or the file
    is not what it should be.
    """
    try:
        file_map = with_format(read_map(map_path), file.name)
        owner = _tenant(tenant or file_map.tenant)
        settings = read_settings()
        with LoadFile(file) as opened:
            load = Load(opened, file_map, owner, settings.hash_secret)
            if dry_run:
                _show(load)
            else:
                send(load, max_refused, lambda: _open_log(settings))
    except MapError as error:
        raise click.UsageError(str(error)) from error


def _tenant(written: str) -> str:
    """The tenant, when it is one."""
    if not written:
        raise click.UsageError("--tenant: expected here or as the map's `tenant`, found neither")
    if len(written) > 64 or not re.fullmatch(NAME_PATTERN, written):
        expected = f"at most 64 characters matching {NAME_PATTERN}"
        raise click.UsageError(f"--tenant: expected {expected}, found {written!r}")
    return written


def _show(load: Load) -> None:
    tally = Tally()
    begun = begin(load, tally)
    console = Console()
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    print_dry_run(console, begun.head, tally)
    if failure := _broken(load, tally):
        raise click.ClickException(failure)


def send(load: Load, limit: Limit, open_log: OpenLog) -> None:
    """Send the file and print what became of it. Raises MapError and click's exceptions."""
    tally, begun_s = Tally(), monotonic_s()
    begun = begin(load, tally)
    try:
        judge(begun, tally, limit)
    except TooManyRefused as error:
        reasons = "\n".join(refusals(tally))
        raise click.ClickException(f"{error}. Nothing was sent.\n{reasons}") from error
    with closing(open_log()) as log:
        sender = Sender(log, load.tenant, load.file_map.source, now_ms)
        failure = _sent(load, begun, tally, limit, sender)
    click.echo(summary(tally, sender.accepted, monotonic_s() - begun_s))
    failure = failure or _broken(load, tally)
    if failure:
        raise click.ClickException(failure)


def _sent(load: Load, begun: Begun, tally: Tally, limit: Limit, sender: Sender) -> str:
    """Send the file; why not all of it was sent, or nothing."""
    try:
        with progress_on(sys.stderr, load.file.size_bytes, monotonic_s) as progress:
            for done_bytes in send_all(load, begun, tally, limit, sender):
                progress.show(done_bytes, tally)
    except TooManyRefused as error:
        return f"{error}. Stopped after line {tally.last_line}; see --max-refused."
    except BrokerFailed as error:
        return (
            f"the broker failed: {error}. What it acknowledged stays;"
            " load the file again when it is back, nothing will be counted twice."
        )
    return ""


def _broken(load: Load, tally: Tally) -> str:
    """Why the file was not read to its end, or nothing."""
    if not tally.broken:
        return ""
    return (
        f"{load.file.path}: expected the file to go on, found its end or damage: {tally.broken}."
        f" What was read before that, {tally.read:,} lines, was treated as usual."
    )


def _open_log(settings: Settings) -> EventLog:
    """The log on the broker, once a broker answers."""
    log = Producer(settings)
    if not log.reachable(REACHABLE_S):
        log.close()
        raise click.ClickException(
            f"expected a Kafka broker at {settings.kafka_bootstrap}, none answered within"
            f" {REACHABLE_S:.0f} s. Start the stack with `stepthree up`, or set"
            " STEPTHREE_KAFKA_BOOTSTRAP."
        )
    return log
