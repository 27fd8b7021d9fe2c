-- audit_dead_by_minute: cells of dead_by_minute that are not what dead_letters says. One row per cell, at most 1001.
-- Parameters: tenant (*: all), from_ms, to_ms.
-- Range: by the minute of receipt, from_ms inclusive, to_ms exclusive.
-- Columns:
--   tenant, minute    the cell
--   expected, stored  rows of dead_letters, and what the cell says
SELECT tenant, minute, sum(counted) AS expected, sum(held) AS stored
FROM
(
    SELECT tenant, toStartOfMinute(toDateTime(received_at, 'UTC')) AS minute, toInt64(1) AS counted, toInt64(0) AS held FROM dead_letters
    UNION ALL
    SELECT tenant, minute, 0, toInt64(dead_letters) FROM dead_by_minute
)
WHERE ({tenant:String} = '*' OR tenant = {tenant:String})
    AND minute >= toDateTime(intDiv({from_ms:Int64}, 1000), 'UTC') AND minute < toDateTime(intDiv({to_ms:Int64}, 1000), 'UTC')
GROUP BY tenant, minute
HAVING expected != stored
ORDER BY tenant, minute
LIMIT 1001
