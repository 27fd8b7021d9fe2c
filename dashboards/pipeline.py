"""Pipeline: is everything that comes in written, once and soon?"""

from grafana_foundation_sdk.builders import timeseries
from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from dashboards.campaign import variable
from dashboards.catalogue import Metric, meaning_of, series
from dashboards.panels import lines, number, rows
from dashboards.sources import CLICKHOUSE, PROMETHEUS, promql, sql_of, table_of
from streams import metrics

BY_PARTITION = "{{topic}}/{{partition}}"


def pipeline_dashboard() -> Dashboard:
    """The dashboard of an installation; the conservation below is of one tenant."""
    board = (
        Dashboard("Pipeline")
        .uid("stepthree-pipeline")
        .description("Received = accepted + duplicates + dropped + dead letters.")
        .tags(["stepthree"])
        .time("now-1h", "now")
        .refresh("15s")
        .timezone("browser")
        .with_variable(variable("tenant", sql_of("campaign_list", "DISTINCT tenant", tenant="")))
    )
    for add in (add_state, add_collector, add_worker, add_warehouse, add_conservation):
        add(board)
    return board


def per_second(counter: str, by: str) -> str:
    """How much a counter grows in a second, by these labels."""
    return f"sum by ({by}) (rate({counter}[$__rate_interval]))"


def seconds(title: str, metric: Metric, by: str = "") -> timeseries.Panel:
    """Median and 99th percentile of a duration."""
    buckets = per_second(f"{series(metric)}_bucket", f"le, {by}" if by else "le")
    legend = f" {{{{{by}}}}}" if by else ""
    return lines(
        title,
        meaning_of(metric),
        PROMETHEUS,
        promql(f"histogram_quantile(0.5, {buckets})", f"p50{legend}", "A"),
        promql(f"histogram_quantile(0.99, {buckets})", f"p99{legend}", "B"),
    ).unit("s")


def growth(title: str, metric: Metric, by: str, unit: str = "short") -> timeseries.Panel:
    """A counter's growth per second, one line for each combination of labels."""
    legend = " ".join(f"{{{{{label.strip()}}}}}" for label in by.split(","))
    query = promql(per_second(series(metric), by), legend)
    return lines(title, meaning_of(metric), PROMETHEUS, query).unit(unit)


def level(title: str, metric: Metric, expression: str, legend: str) -> timeseries.Panel:
    """A gauge as it stands."""
    return lines(title, meaning_of(metric), PROMETHEUS, promql(expression, legend))


def add_state(board: Dashboard) -> None:
    """The numbers to look at first."""
    ages = f"time() - max by (topic, partition) ({series(metrics.WORKER_FRESHNESS)})"
    board.with_row(Row("Now"))
    for title, meaning, expression in (
        ("Behind", "Records beyond the last settled.", f"sum({series(metrics.WORKER_LAG)})"),
        ("Oldest lane", "Since the lane that settled longest ago settled.", f"max({ages})"),
        ("Lanes", "Partitions that have a worker.", f"sum({series(metrics.WORKER_LANES)})"),
        (
            "Missing",
            "Received interactions that are in no table, or in two.",
            f"max({series(metrics.CONSERVATION_MISSING)})",
        ),
        (
            "Unacknowledged",
            "Records that wait for the broker.",
            f"sum({series(metrics.COLLECTOR_WAITING)})",
        ),
        ("Viewers", "Open live pages.", f"sum({series(metrics.CONSOLE_VIEWERS)})"),
    ):
        panel = number(title, meaning, PROMETHEUS, promql(expression, title))
        board.with_panel(panel.unit("s" if "time()" in expression else "short"))


def add_collector(board: Dashboard) -> None:
    """What comes in, and how it is answered."""
    board.with_row(Row("Collector"))
    board.with_panel(growth("Requests", metrics.COLLECTOR_REQUESTS, "route, status", "reqps"))
    board.with_panel(seconds("Answers", metrics.COLLECTOR_SECONDS, "route"))
    board.with_panel(growth("Acknowledged", metrics.COLLECTOR_ACCEPTED, "tenant"))
    board.with_panel(growth("Refused", metrics.COLLECTOR_REJECTED, "reason"))
    add_spool(board)


def add_spool(board: Dashboard) -> None:
    """Pixels that wait for the broker on disk."""
    spool = f"sum({series(metrics.COLLECTOR_SPOOL_BYTES)})"
    board.with_panel(level("Spool", metrics.COLLECTOR_SPOOL_BYTES, spool, "bytes").unit("bytes"))
    oldest = f"max({series(metrics.COLLECTOR_SPOOL_AGE)})"
    board.with_panel(level("Waiting longest", metrics.COLLECTOR_SPOOL_AGE, oldest, "age").unit("s"))
    ways = {"in": metrics.COLLECTOR_SPOOLED, "out": metrics.COLLECTOR_DRAINED}
    rates = [
        promql(f"sum(rate({series(metric)}[$__rate_interval]))", way, way)
        for way, metric in ways.items()
    ]
    board.with_panel(
        lines("Through the spool", " ".join(map(meaning_of, ways.values())), PROMETHEUS, *rates)
    )
    board.with_panel(growth("No room in it", metrics.COLLECTOR_SPOOL_REFUSED, "cause"))
    damaged = f"sum({series(metrics.COLLECTOR_SPOOL_DAMAGED)})"
    board.with_panel(level("Damaged", metrics.COLLECTOR_SPOOL_DAMAGED, damaged, "places"))
    aside = f"sum({series(metrics.COLLECTOR_SET_ASIDE)})"
    board.with_panel(level("Refused for good", metrics.COLLECTOR_SET_ASIDE, aside, "records"))


def add_worker(board: Dashboard) -> None:
    """What is folded, and how far behind."""
    lag = f"sum by (topic, partition) ({series(metrics.WORKER_LAG)})"
    age = f"time() - max by (topic, partition) ({series(metrics.WORKER_FRESHNESS)})"
    sent = f"time() - max by (topic, partition) ({series(metrics.WORKER_CHECKPOINT_TIME)})"
    kept = f"max by (topic, partition) ({series(metrics.WORKER_CHECKPOINT_OFFSET)})"
    board.with_row(Row("Worker"))
    board.with_panel(growth("Records", metrics.WORKER_RECORDS, "topic, partition"))
    board.with_panel(growth("Outcomes", metrics.WORKER_OUTCOMES, "outcome"))
    board.with_panel(level("Lag", metrics.WORKER_LAG, lag, BY_PARTITION))
    board.with_panel(level("Since settled", metrics.WORKER_FRESHNESS, age, BY_PARTITION).unit("s"))
    board.with_panel(seconds("Fold", metrics.WORKER_FOLD_SECONDS))
    board.with_panel(growth("Leases lost", metrics.WORKER_DEPOSED, "instance"))
    board.with_panel(growth("Offsets without records", metrics.WORKER_MISSING, "topic, partition"))
    board.with_panel(
        level("Checkpoint age", metrics.WORKER_CHECKPOINT_TIME, sent, BY_PARTITION).unit("s")
    )
    board.with_panel(
        level("Checkpoint offset", metrics.WORKER_CHECKPOINT_OFFSET, kept, BY_PARTITION)
    )
    board.with_panel(growth("Checkpoints failed", metrics.WORKER_CHECKPOINT_FAILURES, "instance"))


def add_warehouse(board: Dashboard) -> None:
    """What is written and asked."""
    board.with_row(Row("ClickHouse"))
    board.with_panel(growth("Rows written", metrics.WORKER_ROWS, "table"))
    board.with_panel(seconds("Insert", metrics.WORKER_INSERT_SECONDS))
    board.with_panel(growth("Inserts sent again", metrics.WORKER_INSERT_RETRIES, "instance"))
    board.with_panel(seconds("Queries of the live page", metrics.CONSOLE_QUERY_SECONDS, "query"))


def add_conservation(board: Dashboard) -> None:
    """What came in against what became of it, counted apart."""
    board.with_row(Row("Conservation, of all tenants and of $tenant"))
    board.with_panel(
        number(
            "Unbalanced",
            "Records of all tenants that are in no table, or in two, and in how many minutes.",
            CLICKHOUSE,
            table_of("unbalanced"),
        )
        .height(8)
        .span(4)
    )
    board.with_panel(
        rows(
            "Conservation",
            "Received = accepted + duplicates + dropped + dead letters; missing must be 0.",
            CLICKHOUSE,
            table_of("conservation"),
        ).span(8)
    )
    board.with_panel(
        rows(
            "Dead letters",
            "Records that are no interaction, by reason, with the last one's detail.",
            CLICKHOUSE,
            table_of("dead_letters_by_reason"),
        )
    )
