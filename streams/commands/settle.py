"""`stepthree settle`: wait until everything published is visible in ClickHouse."""

import sys

import click

from streams.eventlog.admin import BrokerError
from streams.eventlog.group import members
from streams.eventlog.settle import NotSettledError, settle
from streams.settings import Settings, read_settings


@click.command()
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0),
    default=600,
    show_default=True,
    metavar="S",
    help="Give up after so many seconds.",
)
def command(timeout_s: float) -> None:
    """Return when every record published so far has its facts in ClickHouse.

    Gives up, naming the partitions that are behind and by how much, when the time is over or when
    nothing moved for 30 s; the exit code is then 1.

    \b
    Examples:
      stepthree load visits.csv --map visits.yaml && stepthree settle
      stepthree settle --timeout 60
    """
    settings = read_settings()
    try:
        settle(settings, timeout_s, show=_show)
    except NotSettledError as error:
        raise click.ClickException(f"{error}. {_workers(settings)}") from error
    except BrokerError as error:
        raise click.ClickException(str(error)) from error
    finally:
        _clear()


def _show(records: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{records:,} records to settle", nl=False, err=True)


def _clear() -> None:
    if sys.stderr.isatty():
        click.echo("\r\033[K", nl=False, err=True)


def _workers(settings: Settings) -> str:
    found = members(settings)
    if not found:
        return (
            f"No worker is in group {settings.kafka_group}, or it is sharing out: is one running?"
        )
    held = ", ".join(f"{member.name} holds {len(member.partitions)}" for member in found)
    return f"Workers of group {settings.kafka_group}: {held} partitions; see their logs"
