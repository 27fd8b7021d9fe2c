"""Campaign: do people act, how do they come to it, and does the pace reach the goal?"""

from grafana_foundation_sdk.builders.dashboard import Dashboard, QueryVariable, Row
from grafana_foundation_sdk.models.dashboard import VariableRefresh, VariableSort

from dashboards.panels import bars, colour, column, curve, lines, number, rows
from dashboards.sources import CLICKHOUSE, series_of, sql_of, table_of

SHARE = "percentunit"


def campaign_dashboard() -> Dashboard:
    """The dashboard of one campaign of one tenant."""
    board = (
        Dashboard("Campaign")
        .uid("stepthree-campaign")
        .description("Visit is step 1, talk is step 2, act is step 3, and only step 3 counts.")
        .tags(["stepthree"])
        .time("now-30d", "now")
        .refresh("30s")
        .timezone("browser")
        .with_variable(variable("tenant", sql_of("campaign_list", "DISTINCT tenant", tenant="")))
        .with_variable(variable("campaign", sql_of("campaign_list", "campaign")))
    )
    for add in (add_goal, add_funnel, add_lag, add_ways):
        add(board)
    return board


def variable(name: str, sql: str) -> QueryVariable:
    """A choice of one, from the first column of a query."""
    return (
        QueryVariable(name)
        .label(name.capitalize())
        .datasource(CLICKHOUSE)
        .query(sql)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
    )


def add_goal(board: Dashboard) -> None:
    """The headline: acts, and whether they reach the goal in time."""
    board.with_row(Row("Goal"))
    for title, meaning, select, unit in (
        ("Acts", "Against the goal; persons where the goal counts persons.", "acts, target", ""),
        ("Reached", "Acts by the target.", "progress", SHARE),
        ("A day", "Pace of the last week beside the pace that is needed.",
         "pace_per_day AS now, required_per_day AS needed", ""),
        ("At the deadline", "If the pace holds.", "projected", ""),
        ("Left", "Until the deadline.", "days_left", "d"),
    ):  # fmt: skip
        panel = number(title, meaning, CLICKHOUSE, table_of("campaign_goal", select))
        board.with_panel(panel.unit(unit) if unit else panel.decimals(0))
    age = table_of("freshness", "age_ms")
    meaning = "Since the newest visible interaction was received; of the last day."
    board.with_panel(number("Data age", meaning, CLICKHOUSE, age).unit("ms"))


def add_funnel(board: Dashboard) -> None:
    """Who came how far, and when."""
    board.with_row(Row("Visit, talk, act"))
    board.with_panel(
        bars(
            "Funnel",
            "Of the persons who entered in the range, how many ever came how far, in order.",
            CLICKHOUSE,
            table_of("funnel", "stage, persons"),
        ).span(8)
    )
    board.with_panel(
        rows(
            "Steps",
            "Rates are of the step before, with their 95 % interval (Wilson).",
            CLICKHOUSE,
            table_of("funnel", "stage, persons, rate, rate_low, rate_high, drop_off, of_visitors"),
        )
        .span(16)
        .override_by_name(*column("rate", SHARE, 1))
        .override_by_name(*column("rate_low", SHARE, 1))
        .override_by_name(*column("rate_high", SHARE, 1))
        .override_by_name(*column("of_visitors", SHARE, 1))
    )
    board.with_panel(
        lines(
            "By the time reached",
            "Persons who reached a step, by when they did, whenever they had entered.",
            CLICKHOUSE,
            series_of("funnel_series"),
        )
        .span(24)
        .override_by_name(*colour("visited"))
        .override_by_name(*colour("talked"))
        .override_by_name(*colour("acted"))
    )


def add_lag(board: Dashboard) -> None:
    """How long from talk to act; those who still wait are not failures."""
    board.with_row(Row("From talk to act"))
    board.with_panel(
        curve(
            "Lag",
            "Share of the talkers who have acted by a number of days (Aalen-Johansen, push-back a"
            " competing risk); with the 95 % interval. It ends at the longest lag seen.",
            CLICKHOUSE,
            table_of(
                "lag_curve",
                "lag_s / 86400 AS days, act, act_low, act_high, pushback",
                order_by="days",
            ),
            x="days",
        ).unit(SHARE)
    )
    board.with_panel(
        rows(
            "Talkers",
            "What became of those who talked; who waits may still act.",
            CLICKHOUSE,
            table_of("lag_summary"),
        )
        .height(4)
        .span(12)
    )


def add_ways(board: Dashboard) -> None:
    """Through whom, on which path, and what the ratios say."""
    board.with_row(Row("Ways"))
    board.with_panel(
        rows(
            "Sources",
            "Where the first visit came from; by acts.",
            CLICKHOUSE,
            table_of("sources", top=20),
        ).override_by_name(*column("acts_per_visitor", SHARE, 1))
    )
    board.with_panel(
        rows(
            "Paths",
            "In which order those who acted came by it. Dark: seen with neither visit nor talk.",
            CLICKHOUSE,
            table_of("paths"),
        )
        .override_by_name(*column("share", SHARE, 1))
        .override_by_name(*column("dark_share", SHARE, 1))
    )
    board.with_panel(
        number(
            "Ratios",
            "Of those who see, who talks; of those who talk, who acts; and what likes hide.",
            CLICKHOUSE,
            table_of("ratios", "act_per_talk, talk_per_visit, act_per_visit, vanity_gap"),
        )
        .unit(SHARE)
        .decimals(1)
        .span(12)
    )
    board.with_panel(
        number(
            "Likes, and what talk leads to",
            "Likes are no success: beside them stands how many of those who talked acted.",
            CLICKHOUSE,
            table_of("ratios", "likers, act_per_talk"),
        )
        .span(12)
        .override_by_name(*column("act_per_talk", SHARE, 1))
    )
