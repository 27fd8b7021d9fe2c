-- audit_journey_signs: rows of journeys whose signs do not add up to 0 or 1. One row per journey as it once was, at most 1001.
-- Parameters: tenant (*: all).
-- Columns:
--   tenant, campaign, visitor_key, visit_at, talk_at, act_at, acts  the row, the columns that tell most
--   net                                                            sum of its signs
SELECT tenant, campaign, visitor_key, visit_at, talk_at, act_at, acts, sum(toInt64(sign)) AS net
FROM journeys
WHERE {tenant:String} = '*' OR tenant = {tenant:String}
GROUP BY tenant, campaign, visitor_key, visit_at, talk_at, act_at, first_visit_at, first_talk_at, first_act_at,
    first_passive_at, first_pushback_at, act_after_talk_at, pushback_after_talk_at, acts, pushbacks, value_minor,
    origin_key, capped
HAVING net NOT IN (0, 1)
ORDER BY tenant, campaign, visitor_key, visit_at, talk_at, act_at, acts, net
LIMIT 1001
