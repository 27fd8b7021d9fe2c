"""View: what one page looks at: a campaign and a range; and which parameters its queries get."""

import enum
from typing import NamedTuple

from streams.warehouse.queries import Value, named_query

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
AHEAD_MS = 10 * MINUTE_MS  # interactions of clocks that are ahead are believed up to 5 minutes
SERIES_MINUTES = 60
TOP_SOURCES = 8

FRESH = "freshness"  # the cheapest: tells whether the others can have changed
QUICK = ("campaign_goal", "funnel", "funnel_series")
CALM = (
    "sources",
    "ratios",
    "paths",
    "lag_summary",
    "lag_curve",
    "conservation",
    "dead_letters_by_reason",
)
ALL_QUERIES = (FRESH, *QUICK, *CALM)


class Range(enum.StrEnum):
    """Which people count: those who came in the last day, week, month, or ever."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    ALL = "all"


LENGTH_MS = {Range.DAY: DAY_MS, Range.WEEK: 7 * DAY_MS, Range.MONTH: 30 * DAY_MS}


class View(NamedTuple):
    """One campaign over one range; all who look at the same view share its queries."""

    tenant: str
    campaign: str
    range: Range = Range.ALL


def parameters(view: View, name: str, now_ms: int) -> dict[str, Value]:
    """What the named query gets for this view; ranges begin and end on whole minutes."""
    minute_ms = now_ms - now_ms % MINUTE_MS
    since_ms, until_ms = _since_ms(view.range, minute_ms), minute_ms + AHEAD_MS
    if name == "funnel_series":
        since_ms, until_ms = minute_ms - (SERIES_MINUTES - 1) * MINUTE_MS, minute_ms + MINUTE_MS
    known: dict[str, Value] = {
        "tenant": view.tenant,
        "campaign": view.campaign,
        "from_ms": since_ms,
        "to_ms": until_ms,
        "now_ms": now_ms,
        "step_s": MINUTE_MS // 1_000,
        "top": TOP_SOURCES,
    }
    return {parameter.name: known[parameter.name] for parameter in named_query(name).parameters}


def _since_ms(chosen: Range, minute_ms: int) -> int:
    return minute_ms - LENGTH_MS[chosen] if chosen in LENGTH_MS else 0
