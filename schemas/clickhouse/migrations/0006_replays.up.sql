-- Replays: interactions that dead letters became, one row per record of the topic that was published again for one.
-- Receipts and dead letters stay as they were written; these rows move what a letter counted to what it became.
CREATE TABLE replays
(
    tenant             LowCardinality(String) COMMENT 'of the interaction',
    received_at        DateTime64(3, 'UTC')   COMMENT 'of the interaction: as the collector would have said then',
    duplicate          UInt8                  COMMENT '1: its event_id had been seen',
    letter_topic       LowCardinality(String),
    letter_partition   UInt16,
    letter_offset      UInt64,
    item               UInt16                 COMMENT 'which interaction of the letter, from 0',
    items              UInt16                 COMMENT 'how many interactions the letter was read as; a body may hold several',
    letter_tenant      LowCardinality(String) COMMENT 'as the letter was counted',
    letter_received_at DateTime64(3, 'UTC')   COMMENT 'as the letter was counted',
    partition          UInt16                 COMMENT 'of the topic interactions',
    offset             UInt64                 COMMENT 'of the topic interactions',
    epoch              UInt16
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(received_at)
ORDER BY (letter_topic, letter_partition, letter_offset, item)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Replayed: each of them once, however often its letter was replayed; accepted once is accepted. Where another version
-- read the letter as another number of items, those are others. Where the tables were
-- made anew from the log, the mended code may read a letter in its own place: that is no letter then, and moves nothing.
CREATE VIEW replayed AS
SELECT letter_topic, letter_partition, letter_offset, items, item, any(replays.tenant) AS tenant,
       min(replays.received_at) AS received_at, min(replays.duplicate) AS duplicate,
       any(replays.letter_tenant) AS letter_tenant, any(replays.letter_received_at) AS letter_received_at
FROM replays
WHERE (letter_topic, letter_partition, letter_offset) IN (SELECT topic, partition, offset FROM dead_letters)
GROUP BY letter_topic, letter_partition, letter_offset, items, item;

-- Replayed letters: those of which all items are interactions. A letter of which some are missing, since a replay stopped
-- or a worker could not read them, is a dead letter still: replayed again, it gets the rest.
CREATE VIEW replayed_letters AS
SELECT letter_topic, letter_partition, letter_offset, any(whole.letter_tenant) AS letter_tenant,
       any(whole.letter_received_at) AS letter_received_at
FROM
(
    SELECT letter_topic, letter_partition, letter_offset, items, any(replayed.letter_tenant) AS letter_tenant,
           any(replayed.letter_received_at) AS letter_received_at
    FROM replayed
    GROUP BY letter_topic, letter_partition, letter_offset, items
    HAVING count() = items
) AS whole
GROUP BY letter_topic, letter_partition, letter_offset;

-- Standing letters: dead letters that no replay has made interactions of, all of them.
CREATE VIEW standing_letters AS
SELECT tenant, received_at, source, reason, detail, original, topic, partition, offset, epoch
FROM dead_letters
WHERE (topic, partition, offset) NOT IN (SELECT letter_topic, letter_partition, letter_offset FROM replayed_letters);

DROP VIEW conservation SYNC;

-- Conservation: received = accepted + duplicates + dropped + dead letters, where the sides are counted apart.
-- Each item of a replay is received, and accepted or a duplicate, in the minute in which it had come. With the last of
-- them the letter is no dead letter any more, and was not received as one: until then it counts as both.
CREATE VIEW conservation AS
SELECT tenant, minute, sum(sides.received) AS received, sum(sides.accepted) AS accepted,
       sum(sides.duplicates) AS duplicates, sum(sides.dropped) AS dropped, sum(sides.dead_letters) AS dead_letters,
       received - accepted - duplicates - dropped - dead_letters AS missing
FROM
(
    SELECT tenant, minute, toInt64(receipts.received) AS received, toInt64(0) AS accepted,
           toInt64(receipts.duplicates) AS duplicates, toInt64(receipts.dropped) AS dropped, toInt64(0) AS dead_letters
    FROM receipts
    UNION ALL
    SELECT tenant, minute, 0, toInt64(accepted_by_minute.accepted), 0, 0, 0 FROM accepted_by_minute
    UNION ALL
    SELECT tenant, minute, 0, 0, 0, 0, toInt64(dead_by_minute.dead_letters) FROM dead_by_minute
    UNION ALL
    SELECT tenant, toStartOfMinute(toDateTime(received_at, 'UTC')), 1, 0, toInt64(duplicate), 0, 0 FROM replayed
    UNION ALL
    SELECT letter_tenant, toStartOfMinute(toDateTime(letter_received_at, 'UTC')), -1, 0, 0, 0, -1
    FROM replayed_letters
) AS sides
GROUP BY tenant, minute;
