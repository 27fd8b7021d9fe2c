-- letter_offsets: which records of a range of the log were written as dead letters, in the order of the log.
-- Parameters: topic, partition, epoch, begin (inclusive), end (exclusive, as begin an offset).
-- Columns:
--   offset  of the record
SELECT offset
FROM dead_letters
WHERE topic = {topic:String} AND partition = {partition:UInt16} AND epoch = {epoch:UInt16}
    AND offset >= {begin:UInt64} AND offset < {end:UInt64}
ORDER BY offset
