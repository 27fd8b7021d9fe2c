"""The command `keys`: make and list write keys and webhook secrets."""

from pathlib import Path

import click

from streams.collector.keys import Keys, KeysError, Kind, add_key, read_keys, rotate_webhook_secret
from streams.settings import read_settings


@click.group()
def command() -> None:
    """Make and list write keys: a key says whose interactions a request brings.

    \b
    Examples:
      stepthree keys add --tenant acme            a public key, for pages
      stepthree keys add --tenant acme --secret   a secret key, for servers
      stepthree keys webhook --tenant acme        a secret that signs webhooks
      stepthree keys list
    """


@command.command()
@click.option("--tenant", required=True, help="whose interactions the key brings")
@click.option(
    "--secret", is_flag=True, help="for servers: may name its source, never in an address"
)
def add(tenant: str, secret: bool) -> None:
    """Make a write key and print it; only its hash is kept, so it is shown this once.

    \b
    Example:
      stepthree keys add --tenant acme
    """
    kind = Kind.SECRET if secret else Kind.PUBLIC
    try:
        click.echo(add_key(read_settings().keys_file, tenant, kind))
    except KeysError as error:
        raise click.UsageError(str(error)) from error


@command.command(name="list")
def show() -> None:
    """List the keys by their first characters.

    \b
    Example:
      stepthree keys list
    """
    file = read_settings().keys_file
    keys = _read(file)
    for key in keys.keys:
        click.echo(f"{key.tenant}  {key.kind}  {key.shown}...")
    for webhook in keys.webhooks:
        rotated = ", the one before it still counts" if webhook.previous else ""
        click.echo(f"{webhook.tenant}  webhook  {webhook.current[:10]}...{rotated}")
    if not keys.keys and not keys.webhooks:
        click.echo(f"no keys in {file}; make one with: stepthree keys add --tenant NAME", err=True)


@command.command()
@click.option("--tenant", required=True, help="whose webhooks it signs")
def webhook(tenant: str) -> None:
    """Make a webhook secret and print it with the address to give to the sender.

    A second call rotates: the last secret goes on counting until the next rotation.

    \b
    Example:
      stepthree keys webhook --tenant acme
    """
    try:
        secret = rotate_webhook_secret(read_settings().keys_file, tenant)
    except KeysError as error:
        raise click.UsageError(str(error)) from error
    click.echo(secret)
    click.echo(f"address: /v1/webhooks/standard?tenant={tenant}", err=True)


def _read(file: Path) -> Keys:
    try:
        return read_keys(file)
    except KeysError as error:
        raise click.ClickException(str(error)) from error
