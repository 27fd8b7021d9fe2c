"""The command `collector`: serve the pixel, the batch endpoint and the webhooks."""

import sys

import click

from streams.settings import read_settings


@click.command()
def command() -> None:
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

    \b
    Examples:
      stepthree keys add --tenant acme
      stepthree collector
      curl "http://127.0.0.1:8080/p.gif?key=KEY&c=spring&v=someone"
    """
    from streams.collector.serve import serve  # noqa: PLC0415 - granian and librdkafka load when used

    if not serve(read_settings()):
        sys.exit(1)
