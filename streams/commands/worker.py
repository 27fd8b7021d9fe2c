"""`stepthree worker`: join interactions into journeys and write the facts."""

import sys

import click

from streams.settings import read_settings
from streams.warehouse.check import TablesError, check_tables
from streams.worker.app import run


@click.command()
def command() -> None:
    """Join interactions into journeys and write the facts, until told to stop.

    Scale by starting more workers: they share the partitions of the topic. Each needs a state
    folder (STEPTHREE_WORKER_STORE) and a member id (STEPTHREE_WORKER_INSTANCE) of its own.

    \b
    Examples:
      stepthree worker
      STEPTHREE_WORKER_METRICS_PORT=9101 stepthree worker
    """
    settings = read_settings()
    try:
        check_tables(settings)
    except TablesError as error:
        click.echo(f"stepthree worker: {error}", err=True)
        sys.exit(2)
    run(settings)
