-- audit_positions: records of the log that stand twice in the tables. One row per position, at most 1001.
-- Parameters: tenant (*: all), from_ms, to_ms.
-- Range: by receipt, from_ms inclusive, to_ms exclusive.
-- Columns:
--   topic, partition, offset  where the record stands in the log
--   times                     how often in events and dead_letters together
SELECT topic, partition, offset, count() AS times
FROM
(
    SELECT 'interactions' AS topic, partition, offset, tenant, received_at FROM events
    UNION ALL
    SELECT topic, partition, offset, tenant, received_at FROM dead_letters
)
WHERE ({tenant:String} = '*' OR tenant = {tenant:String})
    AND received_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
GROUP BY topic, partition, offset
HAVING times > 1
ORDER BY topic, partition, offset
LIMIT 1001
