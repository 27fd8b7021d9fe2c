-- audit_sessions: visitors whose sessions do not hold each of their interactions once. One row per visitor, at most 1001.
-- Parameters: tenant (*: all).
-- Columns:
--   tenant, visitor_key  whose
--   expected             interactions in events that belong into a session
--   stored               interactions that their sessions hold
SELECT tenant, visitor_key, sum(interactions_of_events) AS expected, sum(interactions_of_sessions) AS stored
FROM
(
    SELECT tenant, visitor_key, toInt64(in_session) AS interactions_of_events, toInt64(0) AS interactions_of_sessions FROM events
    UNION ALL
    SELECT tenant, visitor_key, 0, toInt64(sign) * interactions FROM sessions
)
WHERE {tenant:String} = '*' OR tenant = {tenant:String}
GROUP BY tenant, visitor_key
HAVING expected != stored
ORDER BY tenant, visitor_key
LIMIT 1001
