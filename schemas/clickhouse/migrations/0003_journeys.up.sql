-- Journeys: signed facts, one visitor in one campaign. 1970-01-01 in a time means: not reached.
CREATE TABLE journeys
(
    tenant                 LowCardinality(String),
    campaign               LowCardinality(String),
    visitor_key            UInt64               COMMENT 'xxHash64(''tenant/visitor'')',
    visit_at               DateTime64(3, 'UTC') COMMENT 'the entry: the visit that reaches furthest, the earliest of equals',
    talk_at                DateTime64(3, 'UTC') COMMENT 'first talk at or after the entry, within the talk window',
    act_at                 DateTime64(3, 'UTC') COMMENT 'first act at or after that talk, within the act window',
    first_visit_at         DateTime64(3, 'UTC') COMMENT 'in any order',
    first_talk_at          DateTime64(3, 'UTC') COMMENT 'in any order',
    first_act_at           DateTime64(3, 'UTC') COMMENT 'in any order',
    act_after_talk_at      DateTime64(3, 'UTC') COMMENT 'first act at or after the first talk, without a window: the end of the lag',
    pushback_after_talk_at DateTime64(3, 'UTC') COMMENT 'first push-back at or after the first talk: a competing risk of the lag',
    first_passive_at       DateTime64(3, 'UTC') COMMENT 'first like or follow: never a success',
    first_pushback_at      DateTime64(3, 'UTC') COMMENT 'in any order',
    acts                   UInt32,
    pushbacks              UInt32,
    value_minor            Int64                COMMENT 'of the acts, where the currency is the campaign''s',
    origin_key             UInt64               COMMENT 'where the first touch came from: origins.origin_key',
    capped                 UInt8                COMMENT '1: more touches than are remembered',
    received_at            DateTime64(3, 'UTC') COMMENT 'of the interaction that changed it',
    sign                   Int8,
    has_visit              UInt8 ALIAS toUnixTimestamp64Milli(first_visit_at) > 0,
    has_talk               UInt8 ALIAS toUnixTimestamp64Milli(first_talk_at) > 0,
    has_act                UInt8 ALIAS toUnixTimestamp64Milli(first_act_at) > 0,
    reached                Enum8('none' = 0, 'visit' = 1, 'talk' = 2, 'act' = 3)
        MATERIALIZED multiIf(toUnixTimestamp64Milli(act_at) > 0, 3, toUnixTimestamp64Milli(talk_at) > 0, 2, toUnixTimestamp64Milli(visit_at) > 0, 1, 0),
    path                   Enum8('none' = 0, 'visit-talk-act' = 1, 'visit-act' = 2, 'talk-act' = 3, 'talk-visit-act' = 4, 'act-talk' = 5, 'act' = 6)
        MATERIALIZED multiIf(
            acts = 0, 0,
            has_talk AND first_talk_at > first_act_at, 5,
            has_talk AND has_visit AND first_visit_at <= first_talk_at, 1,
            has_talk AND has_visit AND first_visit_at <= first_act_at, 4,
            has_talk, 3,
            has_visit AND first_visit_at <= first_act_at, 2,
            6)
)
-- A merge may only take away a (+1) and a (-1) of the very same row: the rows of one visitor in one partition are not
-- in the order of the log when one was received just before midnight and another, written earlier, just after it.
ENGINE = CollapsingMergeTree(sign)
PARTITION BY toYYYYMMDD(received_at)
PRIMARY KEY (tenant, campaign, visitor_key)
ORDER BY (tenant, campaign, visitor_key, cityHash64(
    visit_at, talk_at, act_at, first_visit_at, first_talk_at, first_act_at, first_passive_at, first_pushback_at,
    act_after_talk_at, pushback_after_talk_at, acts, pushbacks, value_minor, origin_key, capped))
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Funnel by minute, twice: basis entry counts in the minute of the entry who ever talked and acted in order;
-- basis reached counts in the minute in which a step was reached, whenever the person entered. One view, because
-- each target costs an insert a part of its own.
CREATE TABLE funnel_by_minute
(
    tenant   LowCardinality(String),
    campaign LowCardinality(String),
    basis    Enum8('entry' = 1, 'reached' = 2),
    minute   DateTime('UTC'),
    visited  Int64,
    talked   Int64,
    acted    Int64
)
ENGINE = SummingMergeTree
ORDER BY (tenant, campaign, basis, minute)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW funnel_by_minute_view TO funnel_by_minute AS
SELECT tenant, campaign, cell.1 AS basis, toStartOfMinute(toDateTime(cell.2, 'UTC')) AS minute,
       sum(sign * cell.3) AS visited, sum(sign * cell.4) AS talked, sum(sign * cell.5) AS acted
FROM journeys
ARRAY JOIN
[
    (1, visit_at, 1, toInt64(toUnixTimestamp64Milli(talk_at) > 0), toInt64(toUnixTimestamp64Milli(act_at) > 0)),
    (2, visit_at, 1, 0, 0),
    (2, talk_at, 0, 1, 0),
    (2, act_at, 0, 0, 1)
] AS cell
WHERE toUnixTimestamp64Milli(cell.2) > 0
GROUP BY tenant, campaign, basis, minute;

CREATE VIEW funnel_by_entry AS
SELECT tenant, campaign, minute, visited, talked, acted FROM funnel_by_minute WHERE basis = 'entry';

CREATE VIEW funnel_by_reached AS
SELECT tenant, campaign, minute, visited, talked, acted FROM funnel_by_minute WHERE basis = 'reached';
