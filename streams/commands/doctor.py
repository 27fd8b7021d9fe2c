"""`stepthree doctor`: check settings, broker, topics and tables, and say what to do."""

import sys
from collections.abc import Iterator
from typing import NamedTuple

import click
from clickhouse_driver.errors import Error
from kafka import KafkaAdminClient

from streams.eventlog.admin import BrokerError, administer
from streams.eventlog.group import stable_members
from streams.eventlog.guard import refusals
from streams.eventlog.identity import FILE
from streams.eventlog.offsets import folded_partitions
from streams.eventlog.topics import (
    TopicError,
    config_drift,
    live_topics,
    refuse_other_partitions,
)
from streams.settings import Settings, read_settings
from streams.topics import declared_topics
from streams.warehouse.client import connect
from streams.warehouse.errors import one_line
from streams.warehouse.migrate import pending
from streams.warehouse.migrations import MigrationError
from streams.warehouse.tables import without_window


class Finding(NamedTuple):
    """One check: what was found, and what to do about it (empty: nothing)."""

    check: str
    found: str
    to_do: str = ""


@click.command()
def command() -> None:
    """Check settings, broker, topics, workers and tables; exit code 1 when a check fails.

    \b
    Example:
      stepthree doctor
    """
    settings = read_settings()
    failed = False
    for finding in (*check_log(settings), *check_warehouse(settings)):
        failed |= bool(finding.to_do)
        click.echo(f"{'failed' if finding.to_do else 'ok':7} {finding.check}: {finding.found}")
        if finding.to_do:
            click.echo(f"        -> {finding.to_do}")
    sys.exit(failed)


def check_log(settings: Settings) -> Iterator[Finding]:
    """Broker, topics and workers; only the broker when it does not answer."""
    try:
        with administer(settings) as admin:
            yield Finding("broker", f"answers at {settings.kafka_bootstrap}")
            yield _topics(admin)
            yield _place(admin, settings)
            yield _workers(admin, settings.kafka_group)
    except BrokerError as error:
        yield Finding("broker", str(error), "start one (`stepthree up`), or name the right one")


def check_warehouse(settings: Settings) -> Iterator[Finding]:
    """ClickHouse, its tables and their windows; only ClickHouse when it does not answer."""
    where = f"{settings.clickhouse_host}:{settings.clickhouse_port}"
    try:
        behind = pending(settings)
        yield Finding("ClickHouse", f"answers at {where}, database {settings.clickhouse_database}")
        yield _tables(behind)
        yield _windows(settings)
    except (MigrationError, Error) as error:
        yield Finding("ClickHouse", one_line(error), "`stepthree up`, or `stepthree migrate`")


def _topics(admin: KafkaAdminClient) -> Finding:
    live = live_topics(admin)
    missing = [topic.name for topic in declared_topics() if topic.name not in live]
    if missing:
        return Finding("topics", f"missing {', '.join(missing)}", "run `stepthree topics apply`")
    try:
        refuse_other_partitions(declared_topics(), live)
    except TopicError as error:
        return Finding("topics", str(error), "see above: nothing alters them")
    drift = config_drift(declared_topics(), live)
    if drift:
        return Finding("topics", "; ".join(drift), "alter the topics, or schemas/topics")
    return Finding("topics", f"{', '.join(sorted(live))} as declared")


def _place(admin: KafkaAdminClient, settings: Settings) -> Finding:
    """As each worker asks before it folds a record; `up` gives each a state folder of its own."""
    known = (file.parent for file in settings.store_folder.glob(f"*/{FILE}"))
    folders = [settings.store_folder, *known]
    found = dict.fromkeys(text for folder in folders for text in refusals(admin, settings, folder))
    if found:
        return Finding("log", "; ".join(found), "workers refuse it: docs/operating.md")
    return Finding("log", "has all that was not folded")


def _workers(admin: KafkaAdminClient, group: str) -> Finding:
    found = stable_members(admin, group)
    held = {partition for member in found for partition in member.partitions}
    orphans = [
        f"{topic}[{number}]" for topic, number in folded_partitions() if (topic, number) not in held
    ]
    if orphans:
        return Finding(
            "workers",
            f"no worker of group {group} holds {', '.join(orphans)}",
            "start one (`stepthree worker`), or wait until they have shared out the partitions",
        )
    return Finding("workers", f"{len(found)} in group {group} hold all {len(held)} partitions")


def _tables(behind: list[str]) -> Finding:
    if behind:
        return Finding("tables", f"not applied: {', '.join(behind)}", "run `stepthree migrate`")
    return Finding("tables", "as declared")


def _windows(settings: Settings) -> Finding:
    client = connect(settings)
    try:
        unguarded = without_window(client)
    finally:
        client.disconnect()
    if unguarded:
        return Finding(
            "windows",
            f"a repeated insert counts twice in {', '.join(unguarded)}",
            f"ALTER TABLE {unguarded[0]} "
            "MODIFY SETTING non_replicated_deduplication_window = 10000",
        )
    return Finding("windows", "every table knows a repeated insert")
