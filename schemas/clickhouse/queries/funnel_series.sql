-- funnel_series: how many persons reached each step, by the time they reached it. One row per interval, none left out.
-- Parameters: tenant, campaign, from_ms, to_ms, step_s (length of an interval, whole minutes).
-- Range: by the minute reached, from_ms inclusive, to_ms exclusive.
-- Columns:
--   minute   UTC, start of the interval
--   visited  persons whose visit that counts was then
--   talked   persons whose talk that counts was then
--   acted    persons whose act that counts was then
SELECT
    toDateTime(intDiv(toUnixTimestamp(minute), {step_s:Int64}) * {step_s:Int64}, 'UTC') AS minute,
    sum(reached.visited) AS visited,
    sum(reached.talked) AS talked,
    sum(reached.acted) AS acted
FROM
(
    SELECT minute, visited, talked, acted
    FROM funnel_by_reached
    WHERE tenant = {tenant:String} AND campaign = {campaign:String}
        AND minute >= toDateTime(intDiv({from_ms:Int64}, 1000), 'UTC') AND minute < toDateTime(intDiv({to_ms:Int64}, 1000), 'UTC')
    UNION ALL
    SELECT toDateTime(arrayJoin(range(intDiv({from_ms:Int64}, 1000), intDiv({to_ms:Int64}, 1000), {step_s:Int64})), 'UTC'), 0, 0, 0
) AS reached
GROUP BY minute
ORDER BY minute
