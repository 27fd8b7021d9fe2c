"""`stepthree topics`: create the declared topics."""

import click

from streams.eventlog.admin import BrokerError
from streams.eventlog.topics import TopicError, apply_topics
from streams.settings import read_settings


@click.group()
def command() -> None:
    """The parts of the event log, as declared in schemas/topics.

    \b
    Example:
      stepthree topics apply
    """


@command.command("apply")
def apply() -> None:
    """Create the topics that are missing, and tell what differs in those that are there.

    A topic with another number of partitions is refused, never altered: a visitor's place in the
    log depends on it.

    \b
    Example:
      stepthree topics apply
    """
    try:
        lines = apply_topics(read_settings())
    except (BrokerError, TopicError) as error:
        raise click.ClickException(str(error)) from error
    for line in lines or ["all topics are as declared"]:
        click.echo(line)
