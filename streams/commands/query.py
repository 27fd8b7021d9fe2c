"""`stepthree query`: run SQL or a named query and print the result."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import click
from clickhouse_driver.errors import Error, ServerException

from streams.clock import now_ms
from streams.commands.forms import FORMS
from streams.settings import Settings, read_settings
from streams.warehouse.client import connect
from streams.warehouse.errors import one_line
from streams.warehouse.queries import (
    QueryError,
    QueryResult,
    named_query,
    query_names,
    run_query,
)

NAME = re.compile(r"\w+")


class Assignment(click.ParamType):
    """`name=value`; a time in milliseconds may be `now`, a date or an ISO time (UTC)."""

    name = "k=v"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        key, equals, content = value.partition("=")
        if not equals or not key.isidentifier():
            self.fail(f"expected name=value, found {value!r}", param, ctx)
        if not key.endswith("_ms") or content.lstrip("-").isdigit():
            return key, content
        try:
            return key, str(_milliseconds(content))
        except ValueError:
            self.fail(
                f"{key}: expected milliseconds, now, or a time such as 2026-11-25T12:00, "
                f"found {content!r}",
                param,
                ctx,
            )


@click.command()
@click.argument("query", required=False)
@click.option(
    "--param", "assignments", type=Assignment(), multiple=True, help="A value for {name:Type}."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(sorted(FORMS)),
    default="table",
    show_default=True,
)
@click.option("--list", "listing", is_flag=True, help="Show the named queries.")
def command(
    query: str | None, assignments: tuple[tuple[str, str], ...], form: str, listing: bool
) -> None:
    """Run SQL, or a query of schemas/clickhouse/queries by its name, and print the result.

    A parameter that ends in _ms may be `now`, a date or an ISO time (UTC).

    \b
    Examples:
      stepthree query "SELECT tenant, count() FROM events GROUP BY tenant"
      stepthree query "SELECT count() FROM events WHERE tenant = {t:String}" --param t=acme
      stepthree query funnel --param tenant=acme --param campaign=river \\
        --param from_ms=2026-11-01 --param to_ms=now --format json
      stepthree query --list
    """
    if listing:
        click.echo("\n".join(_usage(name) for name in query_names()))
        return
    if query is None:
        raise click.UsageError("expected SQL or a query's name; see `stepthree query --list`")
    settings = read_settings()
    try:
        result = _run(settings, query, dict(assignments))
    except QueryError as error:
        raise click.UsageError(str(error)) from error
    except (Error, OSError) as error:
        raise click.ClickException(_told(error, settings)) from error
    FORMS[form](result)


def _run(settings: Settings, query: str, parameters: Mapping[str, str]) -> QueryResult:
    client = connect(settings)
    try:
        if NAME.fullmatch(query):
            return run_query(client, query, **parameters)
        answer = client.execute(query, dict(parameters), with_column_types=True)
        rows, columns = answer if isinstance(answer, tuple) else (answer, [])
        return QueryResult(tuple(name for name, _ in columns), rows)
    finally:
        client.disconnect()


def _milliseconds(text: str) -> int:
    if text == "now":
        return now_ms()
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000)


def _usage(name: str) -> str:
    parameters = (f"--param {each.name}={each.type}" for each in named_query(name).parameters)
    return " ".join((name, *parameters))


def _told(error: Exception, settings: Settings) -> str:
    if isinstance(error, ServerException):
        return f"ClickHouse {one_line(error)}"
    where = f"{settings.clickhouse_host}:{settings.clickhouse_port}"
    return f"no ClickHouse answers at {where} ({one_line(error)}); is `stepthree up` running?"
