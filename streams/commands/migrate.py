"""`stepthree migrate`: bring ClickHouse's tables to the declared state."""

import click

from streams.settings import read_settings
from streams.warehouse.migrate import migrate
from streams.warehouse.migrations import MigrationError


@click.command()
@click.option(
    "--to",
    "version",
    type=click.IntRange(min=0),
    metavar="N",
    help="Go up or down to this version; 0 removes every table.  [default: the newest]",
)
def command(version: int | None) -> None:
    """Bring ClickHouse's tables to the declared state, creating the database when it is missing.

    Safe to repeat: what is there already is left alone, and a migration that was interrupted is
    taken up where it stopped. A database that is newer than this code is refused.

    \b
    Examples:
      stepthree migrate
      stepthree migrate --to 3
    """
    try:
        lines = migrate(read_settings(), version)
    except MigrationError as error:
        raise click.ClickException(str(error)) from error
    for line in lines or ["all tables are as declared"]:
        click.echo(line)
