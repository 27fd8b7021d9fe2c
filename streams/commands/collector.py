"""The command `collector`: serve the pixel, the batch endpoint and the webhooks."""

import logging
import sys

import click

from streams.embedded.processes import ChildError, Program, Supervisor
from streams.settings import Settings, read_settings

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


@click.command()
@click.option(
    "--sharing-port", is_flag=True, hidden=True, help="share the port of another collector"
)
def command(sharing_port: bool) -> None:
    """Serve the pixel, the batch endpoint and the webhooks until Ctrl-C.

    \b
      GET  /p.gif                  one interaction from a picture's address
      POST /v1/interactions        JSON: one, an array, or one per line; gzip
      POST /v1/webhooks/standard   Standard Webhooks, signed
      GET  /healthz /readyz /metrics

    Parameters of the pixel: key (write key), v visitor (else a cookie), c campaign,
    k kind (page_view), s stage (the kind's, else visit), u page (else the Referer),
    r referrer, t when, sent, id, seq, st share token, it issued token, val and cur
    (value in the smallest unit and currency), consent, utm_*; any other is a property.

    STEPTHREE_COLLECTOR_WORKERS=N serves with N processes.

    While the broker is away, pixels wait in STEPTHREE_SPOOL (home/spool), up to
    STEPTHREE_SPOOL_MB (256) for each process; batches and webhooks get 503.

    \b
    Examples:
      stepthree keys add --tenant acme
      stepthree collector
      curl "http://127.0.0.1:8080/p.gif?key=KEY&c=spring&v=someone"
    """
    from streams.collector.serve import (  # noqa: PLC0415 - granian and librdkafka load when used
        AddressTakenError,
        check_address,
        serve,
    )
    from streams.collector.spool.folders import SpoolError  # noqa: PLC0415 - loads when used

    settings = read_settings()
    logging.basicConfig(level=settings.log_level, format=LOG_FORMAT)
    try:
        if not sharing_port:
            check_address(settings)
        if sharing_port or settings.collector_workers == 1:
            sys.exit(0 if serve(settings) else 1)
        with Supervisor() as supervisor:
            for number in range(1, settings.collector_workers):
                supervisor.start(sibling(settings, number))
            sys.exit(0 if serve(settings, supervisor.check) else 1)
    except (AddressTakenError, ChildError, SpoolError) as error:
        raise click.ClickException(str(error)) from error


def sibling(settings: Settings, number: int) -> Program:
    """One more process at the same port; the kernel shares connections out."""
    return Program(
        name=f"collector-{number}",
        arguments=(sys.executable, "-m", "streams", "collector", "--sharing-port"),
        environment=settings.child_environment(),
        log=settings.home / "logs" / f"collector-{number}.log",
        is_ready=lambda: True,
    )
