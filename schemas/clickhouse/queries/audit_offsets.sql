-- audit_offsets: how many records of one partition, below an offset, stand in the tables. One row.
-- Parameters: topic, partition, before.
-- Range: offsets from 0 to before, exclusive.
-- Columns:
--   stored  records in events, dead_letters or replays, each counted once
SELECT uniqExact(offset) AS stored
FROM
(
    SELECT 'interactions' AS topic, partition, offset FROM events
    UNION ALL
    SELECT topic, partition, offset FROM dead_letters
    UNION ALL
    SELECT 'interactions', partition, offset FROM replays
)
WHERE topic = {topic:String} AND partition = {partition:UInt16} AND offset < {before:UInt64}
