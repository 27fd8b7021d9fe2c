-- Dead letters: records that are no interaction, as they came, with what was expected and found.
CREATE TABLE dead_letters
(
    tenant      LowCardinality(String) COMMENT 'empty: it could not be told',
    received_at DateTime64(3, 'UTC'),
    source      LowCardinality(String),
    reason      LowCardinality(String),
    detail      String                 COMMENT 'what was expected and found',
    original    String                 COMMENT 'the bytes as they came',
    topic       LowCardinality(String),
    partition   UInt16,
    offset      UInt64,
    epoch       UInt16
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(received_at)
ORDER BY (tenant, reason, received_at)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE dead_by_minute
(
    tenant       LowCardinality(String),
    minute       DateTime('UTC'),
    dead_letters UInt64
)
ENGINE = SummingMergeTree
ORDER BY (tenant, minute)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW dead_by_minute_view TO dead_by_minute AS
SELECT tenant, toStartOfMinute(toDateTime(received_at, 'UTC')) AS minute, count() AS dead_letters
FROM dead_letters
GROUP BY tenant, minute;

-- Receipts: what the lanes read, per tenant and minute of receipt, counted before anything is decided.
CREATE TABLE receipts
(
    tenant     LowCardinality(String),
    minute     DateTime('UTC'),
    received   UInt64,
    duplicates UInt64 COMMENT 'of them, interactions whose event_id was seen before',
    dropped    UInt64 COMMENT 'of them, left out for another reason'
)
ENGINE = SummingMergeTree
ORDER BY (tenant, minute)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Conservation: received = accepted + duplicates + dropped + dead letters, where the sides are counted apart.
CREATE VIEW conservation AS
SELECT tenant, minute, sum(received) AS received, sum(accepted) AS accepted, sum(duplicates) AS duplicates,
       sum(dropped) AS dropped, sum(dead_letters) AS dead_letters,
       toInt64(received) - toInt64(accepted) - toInt64(duplicates) - toInt64(dropped) - toInt64(dead_letters) AS missing
FROM
(
    SELECT tenant, minute, received, 0 AS accepted, duplicates, dropped, 0 AS dead_letters FROM receipts
    UNION ALL
    SELECT tenant, minute, 0, accepted, 0, 0, 0 FROM accepted_by_minute
    UNION ALL
    SELECT tenant, minute, 0, 0, 0, 0, dead_letters FROM dead_by_minute
)
GROUP BY tenant, minute;
