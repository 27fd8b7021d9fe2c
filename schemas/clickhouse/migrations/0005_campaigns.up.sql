-- Campaigns: every version of every definition; the newest one in force counts.
CREATE TABLE campaigns
(
    tenant         LowCardinality(String),
    campaign       LowCardinality(String),
    version        UInt64               COMMENT 'offset in the topic campaigns',
    effective_from DateTime64(3, 'UTC'),
    title          String,
    goal_kind      LowCardinality(String),
    goal_unit      Enum8('acts' = 1, 'persons' = 2),
    goal_target    UInt64,
    started_at     DateTime64(3, 'UTC'),
    deadline       DateTime64(3, 'UTC'),
    time_zone      LowCardinality(String),
    currency       LowCardinality(String),
    definition     String               COMMENT 'the whole definition, JSON'
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, campaign, version)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
