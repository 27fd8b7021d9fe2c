"""The `stepthree` command: each word is a module of `streams.commands`, imported when used."""

import logging
import sys
from importlib import import_module

import click

from streams.settings import SettingsError

WORDS = {
    "up": "start broker, engine, collector, worker and console in the foreground",
    "demo": "a simulated campaign: history, then live traffic, on a running page",
    "collector": "serve the pixel, the batch endpoint and the webhooks",
    "worker": "join interactions into journeys and write the facts",
    "console": "serve the live page",
    "load": "load a file of past interactions",
    "settle": "wait until everything published is visible in ClickHouse",
    "query": "run SQL or a named query and print the table",
    "audit": "look for holes, duplicates and sums that do not agree",
    "dead-letters": "list and show what was refused; replay it after a fix",
    "replay": "rebuild all tables from the log, beside live traffic",
    "campaign": "define campaigns: goal, stages, windows",
    "keys": "make and list write keys",
    "topics": "create the declared topics",
    "migrate": "bring ClickHouse's tables to the declared state",
    "doctor": "check settings, broker, topics and tables",
}


class Words(click.Group):
    """Lists all words without importing them: the command answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(WORDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in WORDS:
            return None
        command: click.Command = import_module(
            f"streams.commands.{cmd_name.replace('-', '_')}"
        ).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(WORDS.items()))


@click.command(cls=Words)
@click.version_option(package_name="stepthree", prog_name="stepthree")
def cli() -> None:
    """Visit is step 1, talk is step 2, act is step 3, and only step 3 counts.

    \b
    Examples:
      stepthree up                                  the whole stack on this machine
      stepthree demo --once --events 20000          send, settle, compare with the oracle
      stepthree query "SELECT count() FROM events"
    """


def main() -> None:
    """Run the command line; a setting that cannot be is exit code 2."""
    for library in ("clickhouse_driver", "kafka"):
        # else its warnings would be printed beside the error that the command tells
        logging.getLogger(library).addHandler(logging.NullHandler())
    try:
        cli()
    except SettingsError as error:
        click.echo(f"stepthree: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
