-- campaign_list: every campaign that is defined or has people in it, by tenant and name.
-- The newest version in force defines it; while none is in force yet, the newest one.
-- Parameters: tenant (empty: all tenants), now_ms.
-- Columns:
--   tenant, campaign
--   title             as defined; empty without a definition
--   goal_kind         the kind of act that counts; empty: every kind
--   goal_unit         acts, or persons who act
--   target            in goal_unit; NULL without a definition
--   acts              in goal_unit, from the start to the deadline, both inclusive
--   progress          acts / target
--   deadline          UTC; NULL without a definition
--   days_left         days until the deadline, 0 after it
--   pace_days         days that the pace is taken over: the last 7; of a younger campaign those since its start, at least 1
--   pace_per_day      goal_unit per day in pace_days
--   required_per_day  goal_unit per day from now on that reaches the target; 0 once reached, NULL after the deadline
--   visitors          persons who visited
--   talkers           persons who talked
--   last_activity     UTC, when an interaction last changed a journey; NULL: never
--   acts_by_day       of these acts, those of each of the last 14 days, the oldest first
WITH
    fromUnixTimestamp64Milli({now_ms:Int64}, 'UTC') AS now_at,
    now_at - INTERVAL 7 DAY AS week_ago,
    (effective_from <= now_at, version) AS rank,
    defined AS
    (
        SELECT tenant, campaign, argMax(title, rank) AS title, argMax(toString(goal_kind), rank) AS kind,
               argMax(toString(goal_unit), rank) AS unit, argMax(goal_target, rank) AS target,
               argMax(started_at, rank) AS start, argMax(deadline, rank) AS deadline
        FROM campaigns
        WHERE {tenant:String} = '' OR tenant = {tenant:String}
        GROUP BY tenant, campaign
    ),
    people AS
    (
        SELECT tenant, campaign, sumIf(sign, has_visit) AS visitors, sumIf(sign, has_talk) AS talkers,
               max(received_at) AS last_activity
        FROM journeys
        WHERE ({tenant:String} = '' OR tenant = {tenant:String}) AND campaign != ''
        GROUP BY tenant, campaign
    ),
    counted AS
    (
        SELECT
            tenant, campaign, count() AS acts, countIf(derived_at > week_ago) AS acts_7d,
            uniqExactIf(visitor_key, unit = 'persons') AS persons,
            persons - uniqExactIf(visitor_key, unit = 'persons' AND derived_at <= week_ago) AS persons_7d,
            arrayMap(day -> countEqual(groupArrayIf(toUInt8(dateDiff('day', derived_at, now_at)),
                     derived_at > now_at - INTERVAL 14 DAY), day), reverse(range(14))) AS acts_by_day
        FROM events LEFT JOIN defined USING (tenant, campaign)
        WHERE stage = 'act' AND ({tenant:String} = '' OR tenant = {tenant:String}) AND campaign != ''
            AND (kind = defined.kind OR defined.kind = '') AND derived_at >= start
            AND (derived_at <= defined.deadline OR defined.target = 0)
        GROUP BY tenant, campaign
    )
SELECT
    ids.tenant AS tenant,
    ids.campaign AS campaign,
    defined.title AS title,
    defined.kind AS goal_kind,
    if(defined.unit = 'persons', 'persons', 'acts') AS goal_unit,
    nullIf(defined.target, 0) AS target,
    if(goal_unit = 'persons', counted.persons, counted.acts) AS acts,
    acts / target AS progress,
    if(target IS NULL, NULL, defined.deadline) AS deadline,
    if(target IS NULL, NULL, greatest(0, dateDiff('millisecond', now_at, defined.deadline) / 86400000)) AS days_left,
    greatest(1, least(7, dateDiff('millisecond', defined.start, now_at) / 86400000)) AS pace_days,
    if(goal_unit = 'persons', counted.persons_7d, counted.acts_7d) / pace_days AS pace_per_day,
    multiIf(acts >= target, 0, days_left > 0, (target - acts) / days_left, NULL) AS required_per_day,
    people.visitors AS visitors,
    people.talkers AS talkers,
    if(toUnixTimestamp64Milli(people.last_activity) = 0, NULL, people.last_activity) AS last_activity,
    if(empty(counted.acts_by_day), arrayResize([0], 14), counted.acts_by_day) AS acts_by_day
FROM (SELECT tenant, campaign FROM defined UNION DISTINCT SELECT tenant, campaign FROM people) AS ids
LEFT JOIN defined USING (tenant, campaign)
LEFT JOIN people USING (tenant, campaign)
LEFT JOIN counted USING (tenant, campaign)
ORDER BY tenant, campaign
