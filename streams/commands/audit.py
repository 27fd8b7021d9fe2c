"""`stepthree audit`: whether the tables agree with each other and with the log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import click
import msgspec
from clickhouse_driver import Client
from clickhouse_driver.errors import Error

from streams.codec.plan import UnknownPlan, decode_plan
from streams.eventlog.admin import BrokerError
from streams.eventlog.offsets import Settled, settled
from streams.settings import Settings, read_settings
from streams.warehouse.audit import (
    ALL,
    Finding,
    Place,
    Scope,
    audit,
    count_absent,
    count_left_out,
    holes,
    proven,
)
from streams.warehouse.client import connect
from streams.warehouse.errors import one_line

EXAMPLES = 3
WRONG, OPEN = 1, 3  # exit codes; 2 is wrong use
MOST = 1_000  # wrong cells that a query tells; it looks for one more


class Moment(click.ParamType):
    """An ISO time or a date, UTC where it names no zone; converts to ms."""

    name = "time"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"expected a time such as 2026-11-25T12:00, found {value!r}", param, ctx)
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1_000)


@click.command()
@click.option("--since", "from_ms", type=Moment(), help="From this time of receipt (UTC) on.")
@click.option("--until", "to_ms", type=Moment(), help="Up to this time of receipt, exclusive.")
@click.option("--tenant", help="Only this tenant.  [default: all]")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
def command(from_ms: int | None, to_ms: int | None, tenant: str | None, form: str) -> None:
    """Look for holes, duplicates, signs that do not add up and roll-ups that are not their facts.

    The exit code is 0 when all is right, 1 when something is wrong, 2 for wrong use, 3 when nothing
    is wrong but records moved all the time, so that holes are not provable: run it again when it is
    quiet. Signed facts are looked at whole, whatever the times; holes can be told only without
    --tenant, --since and --until, since receipts do not name offsets.

    \b
    Examples:
      stepthree audit
      stepthree audit --since 2026-11-01 --until 2026-12-01 --tenant acme --format json
    """
    settings = read_settings()
    scope = Scope(tenant or ALL, ring=settings.duplicate_ring)
    scope = scope._replace(from_ms=from_ms or 0, to_ms=scope.to_ms if to_ms is None else to_ms)
    if scope.from_ms >= scope.to_ms:
        raise click.UsageError("expected --since before --until")
    client = connect(settings)
    try:
        code = FORMS[form](_findings(client, settings, scope))
    except (Error, OSError) as error:
        where = f"{settings.clickhouse_host}:{settings.clickhouse_port}"
        raise click.ClickException(f"ClickHouse at {where}: {one_line(error)}") from error
    except (BrokerError, UnknownPlan) as error:
        raise click.ClickException(str(error)) from error
    finally:
        client.disconnect()
    sys.exit(code)


def _findings(client: Client, settings: Settings, scope: Scope) -> Iterator[Finding]:
    if scope.is_everything:
        yield proven(lambda: _holes(client, settings))
    yield from audit(client, scope)


def _holes(client: Client, settings: Settings) -> Finding:
    """The receipts are read between two looks at the offsets, so that live traffic is no fault."""
    before = count_absent(client, _committed(settled(settings)))
    left_out = count_left_out(client)
    states = settled(settings)
    after = count_absent(client, _committed(states))
    return holes(before, left_out, sum(after.values()) + sum(map(_planned, states)))


def _committed(states: tuple[Settled, ...]) -> dict[Place, int]:
    return {(state.topic, state.partition): state.committed for state in states}


def _planned(state: Settled) -> int:
    plan = decode_plan(state.metadata)
    return plan.end - plan.begin if plan else 0


def _table(findings: Iterator[Finding]) -> int:
    """One line for each check as it is done; the exit code."""
    kept = []
    for finding in findings:
        kept.append(finding)
        click.echo(f"{_state(finding):6} {finding.check:19} {_count(finding)}{finding.says}")
        for cell in finding.cells[:EXAMPLES]:
            click.echo(f"       {', '.join(f'{name}={_text(it)}' for name, it in cell.items())}")
        if to_do := _to_do(finding):
            click.echo(f"       -> {to_do}")
    return _code(kept)


def _state(finding: Finding) -> str:
    if finding.is_wrong:
        return "wrong"
    return "open" if finding.is_open else "ok"


def _to_do(finding: Finding) -> str:
    if finding.is_open:
        return f"not provable while {finding.moved:,} records moved: run it again when it is quiet"
    return finding.to_do if finding.is_wrong else ""


def _code(findings: list[Finding]) -> int:
    if any(finding.is_wrong for finding in findings):
        return WRONG
    return OPEN if any(finding.is_open for finding in findings) else 0


def _count(finding: Finding) -> str:
    if not finding.cells:
        return ""
    more = "more than " if len(finding.cells) > MOST else ""
    return f"{more}{min(len(finding.cells), MOST):,} {'not: ' if finding.is_wrong else ''}"


def _text(value: object) -> str:
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)


def _json(findings: Iterator[Finding]) -> int:
    """An array with one object per check; the exit code."""
    kept = list(findings)
    rows = [_object(finding) for finding in kept]
    click.echo(msgspec.json.format(msgspec.json.encode(rows, enc_hook=str), indent=2).decode())
    return _code(kept)


def _object(finding: Finding) -> Mapping[str, object]:
    return {
        "check": finding.check,
        "state": _state(finding),
        "says": finding.says,
        "wrong": len(finding.cells) if finding.is_wrong else 0,
        "found": len(finding.cells),
        "examples": finding.cells[:EXAMPLES],
        "to_do": _to_do(finding),
    }


FORMS: Mapping[str, Callable[[Iterator[Finding]], int]] = {"table": _table, "json": _json}
