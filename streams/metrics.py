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
    "Interactions answered 2xx, by tenant: the broker has them, or the spool.",
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
COLLECTOR_SPOOLED = Counter(
    "stepthree_collector_spooled_total",
    "Pixels written to the spool, because the broker was away, silent or behind the spool.",
)
COLLECTOR_DRAINED = Counter(
    "stepthree_collector_drained_total",
    "Spooled records that the broker has acknowledged since. Behind spooled: the broker is away.",
)
COLLECTOR_SPOOL_REFUSED = Counter(
    "stepthree_collector_spool_refused_total",
    "Pixels answered 503: the spool is `full`, or an `error` of the disk. Growing: they are lost;"
    " bring the broker back or make room.",
    ["cause"],
)
COLLECTOR_SPOOL_DAMAGED = Counter(
    "stepthree_collector_spool_damaged_total",
    "Places in the spool that were not what was written, set aside in its folder `damaged`, and"
    " segments that were gone or could not be read."
    " Anything but 0: look at the disk.",
)
COLLECTOR_SET_ASIDE = Counter(
    "stepthree_collector_set_aside_total",
    "Spooled records that the broker refused for good, set aside in the spool's folder `refused`."
    " Anything but 0: mend the topic, its limits or rights; docs/http.md says how to send them.",
)
COLLECTOR_SPOOL_BYTES = Gauge(
    "stepthree_collector_spool_bytes", "What the spool's segments take on disk."
)
COLLECTOR_SPOOL_AGE = Gauge(
    "stepthree_collector_spool_age_seconds",
    "Age of the oldest pixel in the spool; 0: it is empty. Growing: the broker is away.",
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
WORKER_MISSING = Counter(
    "stepthree_worker_missing_offsets_total",
    "Offsets without a record that were passed: markers of transactions, or deleted records."
    " Growing: find out who deletes from the topic, or writes to it with transactions.",
    ["topic", "partition"],
)
WORKER_LANES = Gauge("stepthree_worker_lanes", "Partitions this worker holds.")
WORKER_DEPOSED = Counter(
    "stepthree_worker_deposed_total",
    "Lanes that lost their lease. Growing: the group keeps rebalancing.",
)
WORKER_CHECKPOINT_OFFSET = Gauge(
    "stepthree_worker_checkpoint_offset",
    "Offset of the last checkpoint that this worker sent, by topic and partition.",
    ["topic", "partition"],
)
WORKER_CHECKPOINT_TIME = Gauge(
    "stepthree_worker_checkpoint_timestamp_seconds",
    "When it was taken. Standing still while records come: see the failures.",
    ["topic", "partition"],
)
WORKER_CHECKPOINT_FAILURES = Counter(
    "stepthree_worker_checkpoint_failures_total",
    "Checkpoints that could not be taken or sent. Growing: STEPTHREE_STATE_URL is away, full or"
    " denied; nothing is lost, a worker without state reads more of the topic.",
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
