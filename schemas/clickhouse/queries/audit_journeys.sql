-- audit_journeys: visitors of a campaign without exactly one live row in journeys that agrees with events. At most 1001 rows.
-- Parameters: tenant (*: all).
-- Columns:
--   tenant, campaign, visitor_key          whose
--   expected_journeys, journeys            1 where events has a touch, and live rows
--   expected_acts, acts                    acts in events and in the journey
--   expected_pushbacks, pushbacks          push-backs likewise
SELECT tenant, campaign, visitor_key,
       max(sides.touched) AS expected_journeys, sum(sides.live) AS journeys,
       sum(sides.acts_of_events) AS expected_acts, sum(sides.acts_of_journeys) AS acts,
       sum(sides.pushbacks_of_events) AS expected_pushbacks, sum(sides.pushbacks_of_journeys) AS pushbacks
FROM
(
    SELECT tenant, campaign, visitor_key, toInt64(1) AS touched, toInt64(0) AS live,
           toInt64(stage = 'act') AS acts_of_events, toInt64(0) AS acts_of_journeys,
           toInt64(stage = 'pushback') AS pushbacks_of_events, toInt64(0) AS pushbacks_of_journeys
    FROM events
    WHERE campaign != '' AND stage != 'send'
    UNION ALL
    SELECT tenant, campaign, visitor_key, 0, toInt64(sign), 0, toInt64(sign) * acts, 0, toInt64(sign) * pushbacks FROM journeys
) AS sides
WHERE {tenant:String} = '*' OR tenant = {tenant:String}
GROUP BY tenant, campaign, visitor_key
HAVING expected_journeys != journeys OR expected_acts != acts OR expected_pushbacks != pushbacks
ORDER BY tenant, campaign, visitor_key
LIMIT 1001
