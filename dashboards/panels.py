"""Panels: the few shapes that the dashboards use, with the units and colours of the stages."""

from typing import Final, TypeVar

from grafana_foundation_sdk.builders import bargauge, common, stat, table, timeseries, trend
from grafana_foundation_sdk.cog import builder, variants
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    DataSourceRef,
    LegendDisplayMode,
    LegendPlacement,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

Query = builder.Builder[variants.Dataquery]
Panel = TypeVar("Panel", bargauge.Panel, stat.Panel, table.Panel, timeseries.Panel, trend.Panel)
Column = tuple[str, list[DynamicConfigValue]]

NOTHING: Final = "-"
COLOURS: Final = {"visited": "blue", "talked": "orange", "acted": "green"}


def asks(panel: Panel, title: str, meaning: str, source: DataSourceRef, *queries: Query) -> Panel:
    """The panel with its title, what it says, and what it asks."""
    panel.title(title).description(meaning).datasource(source).no_value(NOTHING)
    for query in queries:
        panel.with_target(query)
    return panel


def number(title: str, meaning: str, source: DataSourceRef, query: Query) -> stat.Panel:
    """One or few large numbers; each column of the row is one."""
    panel = asks(stat.Panel(), title, meaning, source, query)
    return (
        panel.height(4)
        .span(4)
        .graph_mode(BigValueGraphMode.NONE)
        .color_mode(BigValueColorMode.NONE)
        .text_mode(BigValueTextMode.VALUE_AND_NAME)
    )


def rows(title: str, meaning: str, source: DataSourceRef, query: Query) -> table.Panel:
    """A table of the query's columns."""
    return asks(table.Panel(), title, meaning, source, query).height(8).span(12)


def bars(title: str, meaning: str, source: DataSourceRef, query: Query) -> bargauge.Panel:
    """One bar for each row; the first column names it."""
    every_row = common.ReduceDataOptions().values(True).calcs(["lastNotNull"])
    panel = asks(bargauge.Panel(), title, meaning, source, query)
    return panel.height(8).span(12).min(0).reduce_options(every_row)


def lines(title: str, meaning: str, source: DataSourceRef, *queries: Query) -> timeseries.Panel:
    """Lines over time."""
    panel = asks(timeseries.Panel(), title, meaning, source, *queries)
    return panel.height(8).span(12).min(0).fill_opacity(8).legend(_legend())


def curve(title: str, meaning: str, source: DataSourceRef, query: Query, x: str) -> trend.Panel:
    """Lines over a column that is no time."""
    panel = asks(trend.Panel(), title, meaning, source, query)
    return (
        panel.height(8)
        .span(12)
        .min(0)
        .x_field(x)
        .show_points(VisibilityMode.NEVER)
        .legend(_legend())
    )


def column(name: str, unit: str, decimals: int | None = None) -> Column:
    """How one column is shown, for `override_by_name(*column(...))`."""
    shown = [DynamicConfigValue("unit", unit)]
    return name, shown if decimals is None else [*shown, DynamicConfigValue("decimals", decimals)]


def colour(name: str) -> Column:
    """The stage's colour for its line."""
    return name, [DynamicConfigValue("color", {"mode": "fixed", "fixedColor": COLOURS[name]})]


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .display_mode(LegendDisplayMode.LIST)
        .placement(LegendPlacement.BOTTOM)
        .show_legend(True)
    )
