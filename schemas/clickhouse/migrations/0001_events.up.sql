-- Events: every accepted interaction once, with its names. One row per record of the topic that was no duplicate.
CREATE TABLE events
(
    tenant           LowCardinality(String),
    campaign         LowCardinality(String) COMMENT 'as sent, or resolved from utm by the campaign''s rule; empty: none',
    visitor          String                 COMMENT 'pseudonymous id',
    visitor_key      UInt64                 MATERIALIZED xxHash64(concat(tenant, '/', visitor)),
    event_id         String,
    stage            Enum8('visit' = 1, 'talk' = 2, 'act' = 3, 'passive' = 4, 'pushback' = 5, 'send' = 6),
    kind             LowCardinality(String),
    derived_at       DateTime64(3, 'UTC')   COMMENT 'when it happened: occurred_at corrected by the device''s skew',
    occurred_at      DateTime64(3, 'UTC')   COMMENT 'as the sender''s clock said',
    sent_at          DateTime64(3, 'UTC')   COMMENT 'as the sender''s clock said; 1970: not told',
    received_at      DateTime64(3, 'UTC')   COMMENT 'by the collector''s clock',
    clamped          UInt8                  COMMENT '1: occurred_at was out of range, derived_at is received_at',
    in_session       UInt8                  COMMENT '1: belongs to a session of its visitor',
    sequence         UInt64                 COMMENT 'the sender''s own counter; 0: not told',
    source           LowCardinality(String) COMMENT 'what sent it: pixel, web, webhook:standard, load, ...',
    origin           LowCardinality(String) COMMENT 'where the visitor came from: utm source, else the referring site, else direct',
    channel_source   LowCardinality(String),
    channel_medium   LowCardinality(String),
    channel_campaign LowCardinality(String),
    channel_term     String,
    channel_content  String,
    click_id         String,
    page             String,
    referrer         String,
    share_token      String                 COMMENT 'the token the visitor arrived with',
    issued_token     String                 COMMENT 'the token the visitor handed on',
    identifiers      Array(String)          COMMENT 'keyed hashes',
    value_minor      Int64                  COMMENT 'in the currency''s smallest unit',
    currency         LowCardinality(String),
    proof            LowCardinality(String),
    consent          LowCardinality(String),
    signals          Array(LowCardinality(String)) COMMENT 'bot signals',
    properties       String                 COMMENT 'JSON object of at most 50 scalars',
    partition        UInt16                 COMMENT 'of the topic interactions',
    offset           UInt64                 COMMENT 'of the topic interactions',
    epoch            UInt16                 COMMENT 'grows with a repair'
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(received_at)
ORDER BY (tenant, campaign, stage, derived_at)
-- ten small parts at a time: merging them in twos and threes costs more than inserting them
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1, min_parts_to_merge_at_once = 10;

-- Origins: the names behind journeys.origin_key; a worker writes each once, and again after a restart.
CREATE TABLE origins
(
    tenant     LowCardinality(String),
    origin_key UInt64 COMMENT 'xxHash64(origin)',
    origin     String
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, origin_key)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Accepted: events per tenant and minute of receipt, one side of the conservation check.
CREATE TABLE accepted_by_minute
(
    tenant   LowCardinality(String),
    minute   DateTime('UTC'),
    accepted UInt64
)
ENGINE = SummingMergeTree
ORDER BY (tenant, minute)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW accepted_by_minute_view TO accepted_by_minute AS
SELECT tenant, toStartOfMinute(toDateTime(received_at, 'UTC')) AS minute, count() AS accepted
FROM events
GROUP BY tenant, minute;
