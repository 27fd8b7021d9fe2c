"""`stepthree demo`: simulated campaigns over HTTP, on a running page or checked to the last row."""

import sys
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from streams import clock
from streams.commands.foreground import foreground, home_folder, running
from streams.demo.delivery import DeliveryError
from streams.demo.play import (
    DAYS,
    NOTICED_MS,
    define_campaigns,
    send_live,
    send_past,
    wait_until,
    write_keys,
)
from streams.demo.requests import WriteKeys
from streams.demo.simulator import Simulator
from streams.demo.verdict import count_events, judge, log_size, show
from streams.embedded.stack import Stack
from streams.eventlog.settle import NotSettledError, settle
from streams.settings import read_settings

SETTLE_S = 120
ONE_LINE = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
)


@click.command()
@click.option("--once", is_flag=True, help="Send, settle, compare with the reference, and end.")
@click.option(
    "--events",
    type=click.IntRange(1, 1_000_000),
    default=20_000,
    show_default=True,
    help="How many events of the simulated past.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another one: other people.")
@click.option("--workers", type=click.IntRange(1, 16), default=1, show_default=True)
@click.option(
    "--rate",
    type=click.FloatRange(0.1, 100),
    default=4,
    show_default=True,
    help="Live events per second.",
)
@click.option("--kill-worker", is_flag=True, help="With --once: kill -9 a worker in the middle.")
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the data.  [default: demo in STEPTHREE_HOME; with --once a temporary one]",
)
def command(
    *,
    once: bool,
    events: int,
    seed: int,
    workers: int,
    rate: float,
    kill_worker: bool,
    home: Path | None,
) -> None:
    """Send simulated campaigns through the whole stack: 30 days of the past, then the present.

    With --once all that stands in ClickHouse is compared with an independent reference, computed
    from the raw log by brute force: the exit code is 0 only if everything is equal.

    \b
    Examples:
      stepthree demo
      stepthree demo --once --events 20000
      stepthree demo --once --events 2000 --workers 2 --kill-worker
    """
    if kill_worker and not once:
        raise click.UsageError("expected --once with --kill-worker")
    base = read_settings(running=False)
    chosen = home or (None if once else base.home / "demo")
    with foreground(), home_folder(chosen) as folder:
        keys = write_keys(base, folder.absolute())
        with running(folder, base, workers, usual_ports=not once, console=not once) as stack:
            try:
                if once:
                    sys.exit(_once(stack, keys, seed, events, kill_worker))
                _live(stack, keys, seed, events, rate)
            except (DeliveryError, NotSettledError) as error:
                raise click.ClickException(str(error)) from error


def _once(stack: Stack, keys: WriteKeys, seed: int, events: int, kill_worker: bool) -> int:
    """Send exactly so many events and compare; the exit code."""
    began_s = clock.monotonic_s()
    console = Console()
    before = log_size(stack.settings)
    unsettled = _send_past(stack, keys, Simulator(seed, clock.now_ms()), events, kill_worker)
    if kill_worker:
        console.print(f"a worker was killed (-9) with {unsettled:,} records not yet settled")
    settle(stack.settings, SETTLE_S)
    verdict = judge(stack.settings, before + events)
    show(verdict, console)
    console.print(f"{events:,} events sent and compared in {clock.monotonic_s() - began_s:.1f} s")
    return 1 if verdict.different else 0


def _live(stack: Stack, keys: WriteKeys, seed: int, events: int, rate: float) -> None:
    """Send the past unless the home has one already, then the present until Ctrl-C."""
    console = Console()
    page = f"http://{stack.settings.console_host}:{stack.settings.console_port}/"
    console.print(f"\n  live page  {page}", highlight=False)
    console.print(f"  data       {stack.settings.home}\n", highlight=False, soft_wrap=True)
    simulator = Simulator(seed, clock.now_ms())
    if before := count_events(stack.settings):
        console.print(f"{before:,} events of earlier runs are there; no past is sent again")
    else:
        _send_past(stack, keys, simulator, events, kill_worker=False)
    console.print(f"live: about {rate:g} events per second; Ctrl-C stops everything")
    try:
        send_live(stack, keys, simulator.live(rate, clock.now_ms()))
    except KeyboardInterrupt:
        console.print("\nstopping ...")


def _send_past(
    stack: Stack, keys: WriteKeys, simulator: Simulator, events: int, kill_worker: bool
) -> int:
    """Define the campaigns, then send, with a bar on a terminal; returns as `send_past`."""
    in_force_ms = define_campaigns(stack.settings, clock.now_ms())
    past = simulator.history(DAYS, events)
    wait_until(in_force_ms + NOTICED_MS)
    screen = Console(stderr=True)
    quiet = not screen.is_terminal
    with Progress(*ONE_LINE, console=screen, transient=True, disable=quiet) as progress:
        task = progress.add_task(f"{DAYS} simulated days", total=len(past))
        advance = partial(progress.advance, task)
        return send_past(stack, keys, past, advance, kill_worker=kill_worker)
