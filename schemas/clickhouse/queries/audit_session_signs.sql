-- audit_session_signs: rows of sessions whose signs do not add up to 0 or 1. One row per session, at most 1001.
-- Parameters: tenant (*: all).
-- Columns:
--   tenant, campaign, visitor_key, started_at, ended_at, interactions, capped  the session
--   net                                                                       sum of its signs
SELECT tenant, campaign, visitor_key, started_at, ended_at, interactions, capped, sum(toInt64(sign)) AS net
FROM sessions
WHERE {tenant:String} = '*' OR tenant = {tenant:String}
GROUP BY tenant, campaign, visitor_key, started_at, ended_at, interactions, capped
HAVING net NOT IN (0, 1)
ORDER BY tenant, campaign, visitor_key, started_at, ended_at, interactions, capped
LIMIT 1001
