"""Metrics: every metric once, with what it means and what to do about it."""

from prometheus_client import Counter, Gauge, Histogram

LATENCY_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

COLLECTOR_REQUESTS = Counter(
    "stepthree_collector_requests_total",
    "HTTP requests by route and status class. 5xx growing: the broker is away or slow.",
    ["route", "status"],
)
COLLECTOR_SECONDS = Histogram(
    "stepthree_collector_request_seconds",
    "From request to answer, the broker's acknowledgement included.",
    ["route"],
    buckets=LATENCY_S,
)
COLLECTOR_ACCEPTED = Counter(
    "stepthree_collector_accepted_total",
    "Interactions that the broker acknowledged, by tenant.",
    ["tenant"],
)
COLLECTOR_REJECTED = Counter(
    "stepthree_collector_rejected_total",
    "Interactions refused, by reason. Growing: a sender changed; look at dead_letters.",
    ["reason"],
)
COLLECTOR_WAITING = Gauge(
    "stepthree_collector_unacknowledged",
    "Records handed to the producer and not yet acknowledged. Growing: the broker is slow.",
)
WORKER_RECORDS = Counter(
    "stepthree_worker_records_total",
    "Records folded and settled, by topic and partition.",
    ["topic", "partition"],
)
WORKER_OUTCOMES = Counter(
    "stepthree_worker_outcomes_total",
    "What became of the records: accepted, duplicate, dropped, dead_letter.",
    ["outcome"],
)
WORKER_ROWS = Counter("stepthree_worker_rows_total", "Rows written to ClickHouse.", ["table"])
WORKER_LAG = Gauge(
    "stepthree_worker_lag_records",
    "Records in the partition beyond the last settled one. Growing: add workers.",
    ["topic", "partition"],
)
WORKER_FRESHNESS = Gauge(
    "stepthree_worker_settled_timestamp_seconds",
    "When the partition's lane last settled a batch or found nothing to settle. Standing still:"
    " the lane is stuck.",
    ["topic", "partition"],
)
WORKER_INSERT_SECONDS = Histogram(
    "stepthree_worker_insert_seconds",
    "One batch into all its tables, retries included. High: ClickHouse is slow or away.",
    buckets=LATENCY_S,
)
WORKER_INSERT_RETRIES = Counter(
    "stepthree_worker_insert_retries_total",
    "Inserts sent again. Growing: ClickHouse refuses or is away; nothing is lost.",
)
WORKER_FOLD_SECONDS = Histogram(
    "stepthree_worker_fold_seconds", "Decoding and folding one batch.", buckets=LATENCY_S
)
WORKER_LANES = Gauge("stepthree_worker_lanes", "Partitions this worker holds.")
WORKER_DEPOSED = Counter(
    "stepthree_worker_deposed_total",
    "Lanes that lost their lease. Growing: the group keeps rebalancing.",
)
CONSOLE_VIEWERS = Gauge("stepthree_console_viewers", "Open live pages.")
CONSOLE_QUERY_SECONDS = Histogram(
    "stepthree_console_query_seconds",
    "One named query of the live page.",
    ["query"],
    buckets=LATENCY_S,
)
CONSERVATION_MISSING = Gauge(
    "stepthree_conservation_missing",
    "Interactions received that are in no table or in two; minutes of the last day, without the"
    " last five. Anything but 0: sums cannot be trusted.",
)
