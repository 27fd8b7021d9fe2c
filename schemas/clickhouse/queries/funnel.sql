-- funnel: visit, talk, act in order: of the persons who entered in the range, how many ever came how far. Three rows.
-- Parameters: tenant, campaign, from_ms, to_ms.
-- Range: by the minute of the entry, from_ms inclusive, to_ms exclusive.
-- Columns:
--   step         1, 2, 3
--   stage        visit, talk, act
--   persons      who reached the step, each within its window
--   rate         of the persons of the step before; NULL: first step, or fewer than 5 persons before
--   rate_low     95 % interval by Wilson, lower end
--   rate_high    95 % interval by Wilson, upper end
--   drop_off     persons of the step before who have not come on
--   of_visitors  persons / persons of the first step; NULL: fewer than 5
WITH
    (x, n, side) -> (x / n + 1.920729410347062 / n
        + side * 1.959963984540054 * sqrt(x / n * (1 - x / n) / n + 0.960364705173531 / n / n)) / (1 + 3.841458820694124 / n) AS wilson,
    totals AS
    (
        SELECT sum(visited) AS visitors, sum(talked) AS talkers, sum(acted) AS actors
        FROM funnel_by_entry
        WHERE tenant = {tenant:String} AND campaign = {campaign:String}
            AND minute >= toDateTime(intDiv({from_ms:Int64}, 1000), 'UTC') AND minute < toDateTime(intDiv({to_ms:Int64}, 1000), 'UTC')
    )
SELECT
    reached.1 AS step,
    reached.2 AS stage,
    reached.3 AS persons,
    if(reached.4 < 5, NULL, persons / reached.4) AS rate,
    if(reached.4 < 5, NULL, wilson(persons, reached.4, -1)) AS rate_low,
    if(reached.4 < 5, NULL, wilson(persons, reached.4, 1)) AS rate_high,
    if(step = 1, NULL, reached.4 - persons) AS drop_off,
    if(visitors < 5, NULL, persons / visitors) AS of_visitors
FROM totals
ARRAY JOIN [(1, 'visit', visitors, 0), (2, 'talk', talkers, visitors), (3, 'act', actors, talkers)] AS reached
ORDER BY step
