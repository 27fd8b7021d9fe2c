-- audit_offsets: how many records of one partition, below an offset, stand in the tables. One row.
-- Parameters: topic, partition, before.
-- Range: offsets from 0 to before, exclusive.
-- Columns:
--   stored  records in events or dead_letters, each counted once
SELECT uniqExact(offset) AS stored
FROM
(
    SELECT 'interactions' AS topic, partition, offset FROM events
    UNION ALL
    SELECT topic, partition, offset FROM dead_letters
)
WHERE topic = {topic:String} AND partition = {partition:UInt16} AND offset < {before:UInt64}
