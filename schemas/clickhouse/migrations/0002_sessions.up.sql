-- Sessions: signed facts. A session that changes is written as (-1, as it was) and (+1, as it is): every sum over
-- sign is exact at any moment, e.g. sum(sign) sessions, sum(sign * interactions) interactions in them.
CREATE TABLE sessions
(
    tenant       LowCardinality(String),
    campaign     LowCardinality(String) COMMENT 'empty: across campaigns; else the campaign asked for sessions of its own',
    visitor_key  UInt64                 COMMENT 'xxHash64(''tenant/visitor'')',
    started_at   DateTime64(3, 'UTC')   COMMENT 'derived_at of the first interaction',
    ended_at     DateTime64(3, 'UTC')   COMMENT 'derived_at of the last interaction; closed when ended_at + gap < now()',
    interactions UInt32,
    capped       UInt8                  COMMENT '1: let go for newer ones; what comes later into it opens another',
    long         UInt8                  MATERIALIZED ended_at - started_at > 86400,
    received_at  DateTime64(3, 'UTC')   COMMENT 'of the interaction that changed it',
    sign         Int8
)
ENGINE = CollapsingMergeTree(sign)
PARTITION BY toYYYYMMDD(received_at)
PRIMARY KEY (tenant, campaign, visitor_key, started_at)
ORDER BY (tenant, campaign, visitor_key, started_at, ended_at, interactions, capped)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
