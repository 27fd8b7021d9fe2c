"""`stepthree dead-letters`: list and show what was refused; replay it after a fix."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
from clickhouse_driver import Client
from clickhouse_driver.errors import Error

from streams.clock import monotonic_s
from streams.codec.replay import LetterPlace, letter_place
from streams.collector.keyring import KeyRing
from streams.commands.audit import Moment
from streams.commands.forms import FORMS
from streams.domain.outcome import FailureReason
from streams.eventlog.admin import BrokerError
from streams.eventlog.picking import pick_records
from streams.eventlog.producer import Producer
from streams.letters.doors import Doors
from streams.letters.replaying import BrokerFailed, Replayed, Replaying
from streams.letters.showing import printable, readable
from streams.letters.standing import Scope, letters_by_reason, one_letter, standing
from streams.load.again import LinesAgain
from streams.load.mapfile import MapError, read_map
from streams.settings import Settings, read_settings
from streams.warehouse.client import connect
from streams.warehouse.errors import one_line
from streams.warehouse.queries import QueryResult

REASONS: Final = tuple(reason.value for reason in FailureReason)
CAUSES_SHOWN: Final = 5

Command = Callable[..., None]


class LetterId(click.ParamType):
    """`topic:partition:offset`."""

    name = "id"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> LetterPlace:
        found = letter_place(value)
        if found is None:
            expected = "topic:partition:offset, such as rejections:0:17"
            self.fail(f"expected {expected}, found {value!r}", param, ctx)
        return found


def scoped(command: Command) -> Command:
    """The options that say which letters."""
    for option in reversed((
        click.option("--tenant", help="Only this tenant's; '': those of nobody.  [default: all]"),
        click.option("--reason", type=click.Choice(REASONS), help="Only for this reason."),
        click.option("--since", "from_ms", type=Moment(), help="From this time of receipt (UTC)."),
        click.option("--until", "to_ms", type=Moment(), help="Up to this time, exclusive."),
    )):  # fmt: skip
        command = option(command)
    return command


def _scope(**given: Any) -> Scope:
    """The scope of the options that were given."""
    scope = Scope(**{name: value for name, value in given.items() if value is not None})
    if scope.from_ms >= scope.to_ms:
        raise click.UsageError("expected --since before --until")
    return scope


@click.group()
def command() -> None:
    """List, show and replay dead letters: what came in and was no interaction.

    \b
    Examples:
      stepthree dead-letters list --since 2026-11-01
      stepthree dead-letters show rejections:0:17
      stepthree dead-letters replay --reason bad_field --since 2026-11-01 --dry-run
    """


@command.command(name="list")
@scoped
@click.option(
    "--format", "form", type=click.Choice(sorted(FORMS)), default="table", show_default=True
)
def list_letters(form: str, **given: Any) -> None:
    """Count the dead letters that stand, by tenant, reason and source, with an example of each.

    Letters that a replay has made interactions of are not among them.

    \b
    Examples:
      stepthree dead-letters list
      stepthree dead-letters list --tenant acme --reason bad_field --format json
    """
    with _client(read_settings()) as client:
        found = letters_by_reason(client, _scope(**given))
    rows = [tuple(printable(it) if isinstance(it, str) else it for it in row) for row in found.rows]
    FORMS[form](QueryResult(found.columns, rows))


@command.command()
@click.argument("place", metavar="ID", type=LetterId())
def show(place: LetterPlace) -> None:
    """Show one dead letter: why it is none, its headers and its bytes.

    ID is topic:partition:offset, as `list` prints it. Control characters are escaped; bytes that
    are no text come as a hex dump.

    \b
    Example:
      stepthree dead-letters show rejections:0:17
    """
    settings = read_settings()
    with _client(settings) as client:
        letter = one_letter(client, place)
    if letter is None:
        raise click.ClickException(f"expected a dead letter at {place.id}, found none")
    original = bytes.fromhex(str(letter.pop("original")))
    for name, value in {"id": place.id, **letter}.items():
        click.echo(f"{name:12} {_plain(value)}")
    click.echo(f"{'size':12} {len(original):,} bytes")
    for name, content in _headers(settings, place):
        click.echo(f"{'header':12} {name}: {content}")
    click.echo(f"\n{readable(original)}")


@command.command()
@scoped
@click.option(
    "--map",
    "map_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read lines that `load` refused by this map; letters of its source only.",
)
@click.option("--dry-run", is_flag=True, help="Read the letters again, publish nothing.")
def replay(map_path: Path | None, dry_run: bool, **given: Any) -> None:
    """Read dead letters once more, after a fix, and publish those that are interactions now.

    They count as if they had been accepted when they came; those that still are none stay. A
    letter replayed twice counts once. At least --reason or --since says which.

    \b
    Examples:
      stepthree dead-letters replay --reason bad_field --since 2026-11-01 --dry-run
      stepthree dead-letters replay --reason unknown_key --since 2026-11-01 && stepthree settle
      stepthree dead-letters replay --reason unreadable_line --map readers.yaml

    Exit codes: 0 every letter was replayed, 1 some still are none or the broker failed, 2 wrong
    use.
    """
    if given["reason"] is None and given["from_ms"] is None:
        raise click.UsageError("expected --reason or --since, found neither")
    settings, scope = read_settings(), _scope(**given)
    doors = Doors(KeyRing(settings.keys_file, monotonic_s).holder, _lines(map_path, settings))
    with _client(settings) as client:
        letters = standing(client, scope)
    if map_path and doors.lines:
        letters = [letter for letter in letters if letter.source == doors.lines.source]
    try:
        records = pick_records(settings, [letter.place for letter in letters])
        if dry_run:
            done = Replaying(doors, None).replay(letters, records)
        else:
            with closing(Producer(settings)) as log:
                done = Replaying(doors, log).replay(letters, records)
    except (BrokerError, BrokerFailed) as error:
        raise click.ClickException(str(error)) from error
    _tell(done, dry_run=dry_run)
    sys.exit(0 if done.whole else 1)


def _tell(done: Replayed, *, dry_run: bool) -> None:
    verb = "would be" if dry_run else "were"
    click.echo(
        f"{done.letters:,} dead letters {verb} replayed as {done.interactions:,} interactions"
    )
    if done.failed:
        click.echo(f"{done.failed.total():,} still are no interaction:")
    for cause, count in done.failed.most_common(CAUSES_SHOWN):
        click.echo(f"  {count:,} {printable(cause)}")
    if done.gone:
        click.echo(f"{done.gone:,} are no longer in the log")
    if done.letters and not dry_run:
        click.echo("`stepthree settle` waits until they stand in the tables")


def _lines(map_path: Path | None, settings: Settings) -> LinesAgain | None:
    if map_path is None:
        return None
    try:
        return LinesAgain(read_map(map_path), settings.hash_secret)
    except MapError as error:
        raise click.UsageError(str(error)) from error


def _headers(settings: Settings, place: LetterPlace) -> Iterator[tuple[str, str]]:
    """The record's key and headers, where the log still has it."""
    try:
        for record in pick_records(settings, [place]):
            if record.key is not None:
                yield "(key)", printable(record.key.decode("utf-8", "backslashreplace"))
            for name, content in record.headers:
                yield printable(name), printable(content.decode("utf-8", "backslashreplace"))
    except BrokerError as error:
        yield "(not told)", str(error)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "milliseconds")
    return printable(str(value))


@contextmanager
def _client(settings: Settings) -> Iterator[Client]:
    client = connect(settings)
    try:
        yield client
    except (Error, OSError) as error:
        where = f"{settings.clickhouse_host}:{settings.clickhouse_port}"
        raise click.ClickException(f"ClickHouse at {where}: {one_line(error)}") from error
    finally:
        client.disconnect()
