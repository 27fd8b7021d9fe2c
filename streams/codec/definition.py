"""Definition: a campaign as people write it (YAML, dates in its time zone) ⇄ Campaign v1.

A date alone means the start of that day for `started_at` and `effective_from`, and the whole of it
for the deadline.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import yaml

from streams.codec.refusal import excerpt, explain
from streams.domain.campaign import Campaign
from streams.domain.interaction import Stage

UTC_ZONE: Final = "UTC"


class DefinitionError(ValueError):
    """A definition that cannot be; the text says field, expected and found."""


def read_definition(source: bytes) -> Campaign:
    """The campaign that this YAML document defines."""
    given = _mapping(source)
    zone = _zone(given.get("time_zone", UTC_ZONE))
    goal = given.get("goal")
    dated = dict(given)
    if isinstance(goal, Mapping):
        dated["goal"] = _with_times(goal, ("deadline",), zone, ends=True, where="goal.")
    dated = _with_times(dated, ("started_at", "effective_from"), zone)
    try:
        campaign = msgspec.convert(dated, Campaign)
    except msgspec.ValidationError as error:
        raise DefinitionError(explain(error, _shown(dated), Campaign)) from error
    _check(campaign)
    return campaign


def write_definition(campaign: Campaign) -> str:
    """YAML that `read_definition` reads as the same campaign; defaults are left out."""
    zone = ZoneInfo(campaign.time_zone)
    default = Campaign(
        tenant=campaign.tenant,
        campaign=campaign.campaign,
        goal=campaign.goal,
        started_at=campaign.started_at,
    )
    always = {"tenant", "campaign", "title", "goal", "started_at", "time_zone"}
    values = {
        name: value
        for name, value in msgspec.to_builtins(campaign).items()
        if name in always or getattr(default, name) != getattr(campaign, name)
    }
    values["goal"]["deadline"] = _iso(campaign.goal.deadline, zone)
    for name in ("started_at", "effective_from"):
        if name in values:
            values[name] = _iso(values[name], zone)
    text: str = yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
    return text


def _mapping(source: bytes) -> dict[str, Any]:
    try:
        given = yaml.safe_load(source.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise DefinitionError(f"expected UTF-8, found {error.reason}") from error
    except (yaml.YAMLError, ValueError) as error:
        text = " ".join(str(error).split())
        raise DefinitionError(f"expected one YAML document, found {text}") from error
    if not isinstance(given, dict):
        raise DefinitionError(f"expected fields like `goal:`, found {excerpt(_shown(given))}")
    return given


def _zone(found: Any) -> ZoneInfo:
    try:
        return ZoneInfo(found)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        expected = "a time zone like Europe/Berlin"
        raise DefinitionError(
            f"time_zone: expected {expected}, found {excerpt(_shown(found))}"
        ) from error


def _with_times(
    fields: Mapping[str, Any],
    names: tuple[str, ...],
    zone: ZoneInfo,
    *,
    ends: bool = False,
    where: str = "",
) -> dict[str, Any]:
    """The fields with these as ms UTC; `ends`: a date alone is its last ms."""
    return dict(fields) | {
        name: _at_ms(fields[name], zone, ends, where + name) for name in names if name in fields
    }


def _at_ms(found: Any, zone: ZoneInfo, ends: bool, where: str) -> Any:
    if isinstance(found, str):
        found = _read_time(found, where)
    if isinstance(found, datetime):
        at = found if found.tzinfo else found.replace(tzinfo=zone)
        return _ms(at)
    if isinstance(found, date):
        day = found + timedelta(days=1) if ends else found
        begin_ms = _ms(datetime(day.year, day.month, day.day, tzinfo=zone))
        return begin_ms - 1 if ends else begin_ms
    return found


def _read_time(text: str, where: str) -> date:
    """A date, or a datetime: which YAML leaves as text when it is quoted or has no seconds."""
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    expected = "a date like 2026-12-24 or a time like 2026-12-24T18:00+01:00"
    raise DefinitionError(f"{where}: expected {expected}, found {excerpt(text)}")


def _ms(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _iso(at_ms: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at_ms / 1000, zone).isoformat()


def _shown(found: Any) -> Any:
    """The value as JSON can show it: YAML has more kinds, such as dates and keys of any kind."""
    return msgspec.to_builtins(found, str_keys=True)


def _check(campaign: Campaign) -> None:
    """What a type cannot say."""
    stage = campaign.stages.get(campaign.goal.kind, Stage.ACT)
    if stage is not Stage.ACT:
        raise DefinitionError(
            f"goal.kind: expected a kind that is an act, found {excerpt(campaign.goal.kind)}, "
            f"which stages says is a {stage.value}"
        )
    if campaign.goal.deadline <= campaign.started_at:
        raise DefinitionError(
            f"goal.deadline: expected a time after started_at, found {campaign.goal.deadline} "
            f"(started_at: {campaign.started_at})"
        )
