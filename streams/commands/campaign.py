"""`stepthree campaign`: define campaigns, and see which definitions are in force."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from streams import clock
from streams.codec.definition import DefinitionError, read_definition, write_definition
from streams.commands.forms import print_table
from streams.domain.campaign import Campaign
from streams.eventlog.admin import BrokerError
from streams.eventlog.campaigns import newest, publish_campaigns, read_campaigns
from streams.settings import Settings, read_settings
from streams.warehouse.queries import QueryResult


@click.group()
def command() -> None:
    """Define campaigns: goal, stages, windows.

    \b
    Examples:
      stepthree campaign apply clean-river.yaml
      stepthree campaign list
    """


@command.command("apply")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def apply(paths: tuple[Path, ...]) -> None:
    """Publish the definitions in these YAML files, or in all *.yaml of these folders.

    All files are checked before the first is published. A definition is in force 5 seconds after
    it was published, or from its `effective_from` if that is later.

    \b
    Examples:
      stepthree campaign apply clean-river.yaml
      stepthree campaign apply campaigns/

    \b
    A definition:
      tenant: acme
      campaign: clean-river
      goal: {kind: signature, unit: persons, target: 5000, deadline: 2026-12-24}
      started_at: 2026-11-01
      time_zone: Europe/Berlin
    """
    definitions = [_read(file) for file in _files(paths)]
    try:
        versions = publish_campaigns(read_settings(), definitions)
    except BrokerError as error:
        raise click.ClickException(str(error)) from error
    for version in versions:
        in_s = (version.effective_from - clock.now_ms()) / 1000
        click.echo(f"{version.tenant}/{version.campaign}: in force in {in_s:.0f} s")


@command.command("list")
@click.option("--tenant", help="Only this tenant's.")
def list_(tenant: str | None) -> None:
    """List the newest definition of every campaign.

    \b
    Example:
      stepthree campaign list --tenant acme
    """
    columns = ("tenant", "campaign", "title", "goal", "deadline", "in force from")
    print_table(QueryResult(columns, [_row(it) for it in _newest(read_settings(), tenant)]))


@command.command("show")
@click.argument("name")
@click.option("--tenant", help="Where two tenants have a campaign of this name.")
def show(name: str, tenant: str | None) -> None:
    """Print a campaign's newest definition as YAML that `apply` takes.

    \b
    Example:
      stepthree campaign show clean-river > clean-river.yaml
    """
    found = [it for it in _newest(read_settings(), tenant) if it.campaign == name]
    if not found:
        raise click.ClickException(
            f"expected a campaign, found none named {name!r}: see `stepthree campaign list`"
        )
    if len(found) > 1:
        tenants = ", ".join(it.tenant for it in found)
        raise click.UsageError(
            f"expected one campaign {name!r}, found one of each of {tenants}: say --tenant"
        )
    click.echo(write_definition(found[0]), nl=False)


def _files(paths: Iterable[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        found = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        if not found:
            raise click.UsageError(f"{path}: expected at least one *.yaml, found none")
        files += found
    return files


def _read(file: Path) -> Campaign:
    try:
        return read_definition(file.read_bytes())
    except DefinitionError as error:
        raise click.UsageError(f"{file}: {error}") from error


def _newest(settings: Settings, tenant: str | None) -> list[Campaign]:
    try:
        campaigns = newest(read_campaigns(settings))
    except BrokerError as error:
        raise click.ClickException(str(error)) from error
    return [it for it in campaigns if tenant in (None, it.tenant)]


def _row(campaign: Campaign) -> tuple[object, ...]:
    goal = f"{campaign.goal.target:,} {campaign.goal.kind} ({campaign.goal.unit.value})"
    return campaign.tenant, campaign.campaign, campaign.title, goal, *_shown_times(campaign)


def _shown_times(campaign: Campaign) -> tuple[str, str]:
    zone = ZoneInfo(campaign.time_zone)
    times = (campaign.goal.deadline, campaign.effective_from)
    deadline, start = (f"{datetime.fromtimestamp(at / 1000, zone):%Y-%m-%d %H:%M}" for at in times)
    return deadline, start
