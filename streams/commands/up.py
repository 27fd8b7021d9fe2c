"""`stepthree up`: the whole stack in the foreground, or around one command."""

import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from streams.clock import monotonic_s
from streams.embedded import kafka
from streams.embedded.beside import INTERRUPTED, run_beside
from streams.embedded.home import HomeError
from streams.embedded.jars import FetchError
from streams.embedded.java import MissingPartError
from streams.embedded.processes import ChildError
from streams.embedded.stack import Stack
from streams.eventlog.admin import BrokerError
from streams.eventlog.topics import TopicError
from streams.settings import Settings, read_settings
from streams.warehouse.migrations import MigrationError

LOOK_S = 0.2
FAILURES = (BrokerError, ChildError, FetchError, MigrationError, TopicError)


@click.command()
@click.option(
    "--workers", type=click.IntRange(1, 16), default=1, show_default=True, help="How many workers."
)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the data.  [default: STEPTHREE_HOME or .stepthree; with CMD a temporary one]",
)
@click.option(
    "--keep", is_flag=True, help="With CMD: keep the temporary home, and say where it is."
)
@click.argument("program", nargs=-1, metavar="[-- CMD ...]")
def command(workers: int, home: Path | None, keep: bool, program: tuple[str, ...]) -> None:
    """Start broker, engine, collector, workers and console, and stop them with Ctrl-C.

    With CMD: run it once all is ready, with the environment that points every stepthree command
    at this stack; then stop the stack and return CMD's exit code.

    \b
    Examples:
      stepthree up
      stepthree up --workers 2 --home /var/lib/stepthree
      stepthree up -- bash -c 'stepthree load a.csv --map a.yaml && stepthree settle'
    """
    if program and shutil.which(program[0]) is None:
        raise click.UsageError(f"expected a program to run, found none called {program[0]!r}")
    base = read_settings(running=False)
    temporary = bool(program) and home is None
    try:
        with _signals_interrupt(), _folder(home or base.home, temporary, keep) as folder:
            sys.exit(_run(base, folder, workers, program))
    except (HomeError, MissingPartError) as error:
        raise NotPossible(str(error)) from error
    except FAILURES as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


class NotPossible(click.ClickException):
    """Something is missing or in use: nothing was started."""

    exit_code = 2


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """SIGTERM and a closed terminal end the stack as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    yield


@contextmanager
def _folder(home: Path, temporary: bool, keep: bool) -> Iterator[Path]:
    """The home, or a new folder that is removed afterwards unless it is to be kept."""
    if not temporary:
        yield home
        return
    folder = Path(tempfile.mkdtemp(prefix="stepthree-"))
    try:
        yield folder
    finally:
        if keep:
            click.echo(f"kept: stepthree up --home {folder}", err=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _run(base: Settings, folder: Path, workers: int, program: tuple[str, ...]) -> int:
    """Fetch the broker where needed, start the stack, and stay until the command or a signal."""
    if not kafka.is_fetched():
        click.echo("fetching the Kafka broker (44 MB, once) ...", err=True)
    kafka.fetch()
    began_s = monotonic_s()
    with Stack(folder, workers=workers, base=base, usual_ports=not program) as stack:
        try:
            if program:
                return run_beside(stack, program)
            _show(stack.settings, workers, monotonic_s() - began_s)
            return _stay(stack)
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)


def _stay(stack: Stack) -> int:
    try:
        while True:
            stack.check()
            time.sleep(LOOK_S)
    except KeyboardInterrupt:
        click.echo("\nstopping ...", err=True)
        return 0


def _show(settings: Settings, workers: int, took_s: float) -> None:
    page = f"http://{settings.console_host}:{settings.console_port}/"
    collector = f"http://{settings.collector_host}:{settings.collector_port}"
    clickhouse = f"{settings.clickhouse_host}:{settings.clickhouse_port}"
    click.echo(
        f"""
stepthree is up ({took_s:.1f} s, workers: {workers})

  live page    {page}
  pixel        {collector}/p.gif
  ClickHouse   {clickhouse}, database {settings.clickhouse_database}
  Kafka        {settings.kafka_bootstrap}
  data, logs   {settings.home}

In another terminal:
  export STEPTHREE_HOME={shlex.quote(str(settings.home))}
  stepthree query "SELECT count() FROM events"

Ctrl-C stops it.
"""
    )
