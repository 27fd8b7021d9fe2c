"""`stepthree up`: the whole stack in the foreground, or around one command."""

import shlex
import shutil
import sys
import time
from pathlib import Path

import click
from msgspec.structs import replace

from streams.clock import monotonic_s
from streams.collector.keys import Kind, add_key
from streams.commands.foreground import foreground, home_folder, running
from streams.embedded.beside import run_beside
from streams.embedded.stack import Stack
from streams.settings import Settings, read_settings

LOOK_S = 0.2
TENANT = "local"  # whose interactions the pixel of this home brings


@click.command()
@click.option(
    "--workers", type=click.IntRange(0, 16), default=1, show_default=True, help="How many workers."
)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the data.  [default: STEPTHREE_HOME or .stepthree; with CMD a temporary one]",
)
@click.option(
    "--keep", is_flag=True, help="With CMD: keep the temporary home, and say where it is."
)
@click.argument("program", nargs=-1, metavar="[-- CMD ...]")
def command(workers: int, home: Path | None, keep: bool, program: tuple[str, ...]) -> None:
    """Start broker, engine, collector, workers and console, and stop them with Ctrl-C.

    With CMD: run it once all is ready, with the environment that points every stepthree command
    at this stack; then stop the stack and return CMD's exit code.

    \b
    Examples:
      stepthree up
      stepthree up --workers 2 --home /var/lib/stepthree
      stepthree up -- bash -c 'stepthree load a.csv --map a.yaml && stepthree settle'
    """
    if program and shutil.which(program[0]) is None:
        raise click.UsageError(f"expected a program to run, found none called {program[0]!r}")
    base = read_settings(running=False)
    chosen = home or (None if program else base.home)
    with foreground(), home_folder(chosen, keep) as folder:
        sys.exit(_run(base, folder, workers, program))


def _run(base: Settings, folder: Path, workers: int, program: tuple[str, ...]) -> int:
    """Start the stack, and stay until the command or a signal."""
    began_s = monotonic_s()
    key = None if program else _pixel_key(replace(base, home=folder))
    with running(folder, base, workers, usual_ports=not program) as stack:
        if key is None:
            return run_beside(stack, program)
        _tell_moved(base, stack.settings)
        _show(stack.settings, key, f"{monotonic_s() - began_s:.1f} s, workers: {workers}")
        return _stay(stack)


def _stay(stack: Stack) -> int:
    try:
        while True:
            stack.check()
            time.sleep(LOOK_S)
    except KeyboardInterrupt:
        click.echo("\nstopping ...", err=True)
        return 0


def _pixel_key(settings: Settings) -> str:
    """A public write key of this home, made at its first start; it stands in pages anyway."""
    kept = settings.home / "pixel-key"
    if not (kept.exists() and settings.keys_file.exists()):
        key = add_key(settings.keys_file, TENANT, Kind.PUBLIC)
        kept.write_text(key, encoding="utf-8")
    return kept.read_text(encoding="utf-8")


def _tell_moved(wanted: Settings, found: Settings) -> None:
    """Ports that somebody else has: whoever counts on the usual one should know."""
    for name in ("collector_port", "console_port", "clickhouse_port"):
        asked, given = getattr(wanted, name), getattr(found, name)
        if asked != given:
            click.echo(f"{name}: {asked} is taken, {given} is used", err=True)


def _show(settings: Settings, key: str, how: str) -> None:
    page = f"http://{settings.console_host}:{settings.console_port}/"
    collector = f"http://{settings.collector_host}:{settings.collector_port}"
    clickhouse = f"{settings.clickhouse_host}:{settings.clickhouse_port}"
    click.echo(
        f"""
stepthree is up ({how})

  live page    {page}
  pixel        {collector}/p.gif?key={key}&v=VISITOR&c=CAMPAIGN   (tenant {TENANT})
  ClickHouse   {clickhouse}, database {settings.clickhouse_database}
  Kafka        {settings.kafka_bootstrap}
  data, logs   {settings.home}

In another terminal (with the command on its path: . .venv/bin/activate):
  export STEPTHREE_HOME={shlex.quote(str(settings.home))}
  stepthree query "SELECT count() FROM events"

Ctrl-C stops it.
"""
    )
