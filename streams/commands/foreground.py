"""Foreground: a stack that a command runs, ended by Ctrl-C or a signal, its failures told."""

import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from streams.embedded import kafka
from streams.embedded.beside import INTERRUPTED
from streams.embedded.home import HomeError
from streams.embedded.jars import FetchError
from streams.embedded.java import MissingPartError
from streams.embedded.processes import ChildError
from streams.embedded.stack import Stack
from streams.eventlog.admin import BrokerError
from streams.eventlog.topics import TopicError
from streams.settings import Settings
from streams.warehouse.migrations import MigrationError

FAILURES = (BrokerError, FetchError, MigrationError, TopicError)


class NotPossible(click.ClickException):
    """Something is missing or in use: nothing was started."""

    exit_code = 2


@contextmanager
def foreground() -> Iterator[None]:
    """Exit codes: 2 when nothing could be started, 1 for a failure, 130 when interrupted."""
    try:
        _signals_interrupt()
        yield
    except (HomeError, MissingPartError) as error:
        raise NotPossible(str(error)) from error
    except ChildError as error:
        advice = "nothing that was acknowledged is lost: start again on the same home"
        raise click.ClickException(f"{error}\n{advice}") from error
    except FAILURES as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


@contextmanager
def home_folder(home: Path | None, keep: bool = False) -> Iterator[Path]:
    """The home; None: a new folder that is removed afterwards unless it is to be kept."""
    if home is not None:
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


@contextmanager
def running(
    folder: Path, base: Settings, workers: int, *, usual_ports: bool, console: bool = True
) -> Iterator[Stack]:
    """The stack, up and ready, the broker fetched where needed; no signal cuts its end short."""
    if not kafka.is_fetched():
        click.echo("fetching the Kafka broker (44 MB, once) ...", err=True)
    kafka.fetch()
    with Stack(
        folder, workers=workers, console=console, base=base, usual_ports=usual_ports
    ) as stack:
        try:
            yield stack
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)


def _signals_interrupt() -> None:
    """SIGTERM and a closed terminal end the stack as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
