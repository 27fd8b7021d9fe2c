-- freshness: the newest event of a campaign that is visible, for the age of the data. One row.
-- Parameters: tenant, campaign, now_ms.
-- Columns:
--   newest_at  UTC, when the collector received it; NULL: none in the last 24 hours
--   age_ms     now less newest_at, never below 0
SELECT
    maxOrNull(received_at) AS newest_at,
    if(newest_at IS NULL, NULL, greatest(0, {now_ms:Int64} - toUnixTimestamp64Milli(newest_at))) AS age_ms
FROM events
WHERE tenant = {tenant:String} AND campaign = {campaign:String}
    AND received_at > fromUnixTimestamp64Milli({now_ms:Int64} - 86400000, 'UTC')
