"""`stepthree worker`: join interactions into journeys and write the facts."""

import sys

import click

from streams.eventlog.admin import BrokerError
from streams.eventlog.guard import LogRefusedError, check_log
from streams.settings import read_settings
from streams.warehouse.check import TablesError, check_tables
from streams.warehouse.epochs import EpochError
from streams.worker.app import run
from streams.worker.archive import ArchiveUrlError


@click.command()
@click.option(
    "--accept-loss",
    is_flag=True,
    help="Go on though records were deleted from the log before they were folded. They are lost: "
    "they will be in no table. For one start; not to be left on.",
)
def command(accept_loss: bool) -> None:
    """Join interactions into journeys and write the facts, until told to stop.

    Scale by starting more workers: they share the partitions of the topic. Each needs a state
    folder (STEPTHREE_WORKER_STORE) and a member id (STEPTHREE_WORKER_INSTANCE) of its own. When
    one with a member id stops, its partitions wait for it to come back, as long as its session
    (STEPTHREE_WORKER_SESSION_S); with STEPTHREE_WORKER_LEAVES=1 the others take them at once.

    Exit code 2: settings, tables or log are not as they must be, it says which and what to do;
    70: it could go on no more, start it anew (docs/operating.md).

    \b
    Examples:
      stepthree worker
      STEPTHREE_WORKER_METRICS_PORT=9101 stepthree worker
      stepthree worker --accept-loss
    """
    settings = read_settings()
    try:
        check_tables(settings)
        check_log(settings, accept_loss=accept_loss)
    except (TablesError, EpochError, LogRefusedError) as error:
        click.echo(f"stepthree worker: {error}", err=True)
        sys.exit(2)
    except BrokerError as error:
        raise click.ClickException(str(error)) from error
    try:
        run(settings, accept_loss=accept_loss)
    except ArchiveUrlError as error:
        click.echo(f"stepthree worker: {error}", err=True)
        sys.exit(2)
