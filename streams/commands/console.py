"""`stepthree console`: serve the live page."""

import click

from streams.console.server import PortError, run
from streams.settings import read_settings


@click.command()
def command() -> None:
    """Serve the live page and its numbers as JSON, until told to stop.

    It asks ClickHouse and nothing else, and knows no users: keep it on loopback or behind a proxy
    that does, and name the hosts it is reached by in STEPTHREE_CONSOLE_HOSTS.

    \b
    Examples:
      stepthree console
      STEPTHREE_CONSOLE_PORT=8091 stepthree console
    """
    try:
        run(read_settings())
    except PortError as error:
        hint = "choose another with STEPTHREE_CONSOLE_PORT"
        raise click.ClickException(f"{error}; {hint}") from error
