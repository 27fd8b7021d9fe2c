"""Sources: how a panel asks ClickHouse and Prometheus; the SQL is always a named query's."""

import re
from typing import Final

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.cog import builder, variants
from grafana_foundation_sdk.models.common import DataSourceRef

from streams.warehouse.queries import PARAMETER, named_query

CLICKHOUSE: Final = DataSourceRef(type_val="grafana-clickhouse-datasource", uid="clickhouse")
PROMETHEUS: Final = DataSourceRef(type_val="prometheus", uid="prometheus")
PLUGIN_VERSION: Final = "4.20.0"
TIME_SERIES, TABLE = 0, 1

# the shown range in whole minutes, as the roll-ups are; the last minute counts as a whole
RANGE: Final = {
    "from_ms": "intDiv(toInt64(${__from}), 60000) * 60000",
    "to_ms": "intDiv(toInt64(${__to}) + 59999, 60000) * 60000",
    "now_ms": "toInt64(${__to})",
    "step_s": "greatest(toInt64(60), intDiv(toInt64($__interval_s) + 59, 60) * 60)",
}


class ClickHouseQuery(variants.Dataquery):
    """One target of the ClickHouse plugin: SQL, answered as a table or as a time series."""

    def __init__(self, sql: str, shape: int) -> None:
        self.sql = sql
        self.shape = shape

    def to_json(self) -> dict[str, object]:
        """The target as the plugin's backend reads it."""
        return {
            "refId": "A",
            "datasource": {"type": CLICKHOUSE.type_val, "uid": CLICKHOUSE.uid},
            "editorType": "sql",
            "rawSql": self.sql,
            "format": self.shape,
            "queryType": "timeseries" if self.shape == TIME_SERIES else "table",
            "pluginVersion": PLUGIN_VERSION,
            "meta": {},
        }


class Answer(builder.Builder[variants.Dataquery]):
    """A query in the form that panels take."""

    def __init__(self, sql: str, shape: int) -> None:
        self._query = ClickHouseQuery(sql, shape)

    def build(self) -> variants.Dataquery:
        """The target."""
        return self._query


def quoted(variable: str) -> str:
    """A variable's value as SQL text: encoded by Grafana, so that no value can leave the quotes."""
    return f"decodeURLComponent('${{{variable}:percentencode}}')"


def sql_of(name: str, select: str = "*", *, order_by: str = "", **constants: int | str) -> str:
    """A named query for Grafana: times become the shown range, texts the dashboard's variables.

    `select` picks from the query's columns; `constants` are parameters that no variable gives.
    """
    query = named_query(name)

    def value(match: re.Match[str]) -> str:
        parameter, kind = match.groups()
        if parameter in constants:
            return f"to{kind}({constants[parameter]!r})"
        if kind == "String":
            return quoted(parameter)
        return RANGE[parameter]

    inner = PARAMETER.sub(value, query.sql)
    return f"SELECT {select} FROM\n(\n{inner}\n)" + (f"\nORDER BY {order_by}" if order_by else "")


def table_of(name: str, select: str = "*", *, order_by: str = "", **constants: int) -> Answer:
    """Rows and columns of a named query."""
    return Answer(sql_of(name, select, order_by=order_by, **constants), TABLE)


def series_of(name: str, select: str = "*") -> Answer:
    """A named query as a time series: its first column is the time."""
    return Answer(sql_of(name, select), TIME_SERIES)


def promql(expression: str, legend: str, ref: str = "A") -> prometheus.Dataquery:
    """One expression over the metrics of `streams.metrics`."""
    return prometheus.Dataquery().expr(expression).legend_format(legend).ref_id(ref)
