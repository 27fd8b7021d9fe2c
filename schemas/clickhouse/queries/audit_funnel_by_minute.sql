-- audit_funnel_by_minute: cells of funnel_by_minute that are not what journeys says. One row per cell, at most 1001.
-- Parameters: tenant (*: all), from_ms, to_ms.
-- Range: by the cell's minute, from_ms inclusive, to_ms exclusive.
-- Columns:
--   tenant, campaign, basis, minute                   the cell
--   expected_visited, expected_talked, expected_acted  persons, as journeys says
--   visited, talked, acted                             persons, as the cell says
SELECT tenant, campaign, basis, minute,
       sum(sides.counted_visited) AS expected_visited, sum(sides.counted_talked) AS expected_talked, sum(sides.counted_acted) AS expected_acted,
       sum(sides.held_visited) AS visited, sum(sides.held_talked) AS talked, sum(sides.held_acted) AS acted
FROM
(
    SELECT tenant, campaign, cell.1 AS basis, toStartOfMinute(toDateTime(cell.2, 'UTC')) AS minute,
           toInt64(sign * cell.3) AS counted_visited, toInt64(sign * cell.4) AS counted_talked, toInt64(sign * cell.5) AS counted_acted,
           toInt64(0) AS held_visited, toInt64(0) AS held_talked, toInt64(0) AS held_acted
    FROM journeys
    ARRAY JOIN
    [
        ('entry', visit_at, 1, toInt64(toUnixTimestamp64Milli(talk_at) > 0), toInt64(toUnixTimestamp64Milli(act_at) > 0)),
        ('reached', visit_at, 1, 0, 0),
        ('reached', talk_at, 0, 1, 0),
        ('reached', act_at, 0, 0, 1)
    ] AS cell
    WHERE toUnixTimestamp64Milli(cell.2) > 0
    UNION ALL
    SELECT tenant, campaign, toString(basis), minute, 0, 0, 0, visited, talked, acted FROM funnel_by_minute
) AS sides
WHERE ({tenant:String} = '*' OR tenant = {tenant:String})
    AND minute >= toDateTime(intDiv({from_ms:Int64}, 1000), 'UTC') AND minute < toDateTime(intDiv({to_ms:Int64}, 1000), 'UTC')
GROUP BY tenant, campaign, basis, minute
HAVING expected_visited != visited OR expected_talked != talked OR expected_acted != acted
ORDER BY tenant, campaign, basis, minute
LIMIT 1001
