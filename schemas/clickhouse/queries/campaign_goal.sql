-- campaign_goal: acts of one campaign against its goal, and the pace that reaches it. Always one row.
-- The newest version in force defines it; while none is in force yet, the newest one.
-- Without a definition every act counts, and what depends on a goal or its times is NULL.
-- Parameters: tenant, campaign, now_ms.
-- Columns:
--   title             as defined; empty without a definition
--   goal_kind         the kind of act that counts; empty: every kind
--   goal_unit         acts, or persons who act
--   time_zone         of the deadline
--   currency          of value_minor
--   target            in goal_unit
--   acts              in goal_unit, from the start to the deadline, both inclusive
--   value_minor       what these acts are worth, in the currency's smallest unit
--   started_at        UTC
--   deadline          UTC
--   progress          acts / target, 1 = reached
--   elapsed           share of the time from start to deadline that is over, 0..1
--   days_left         days until the deadline, 0 after it
--   pace_days         days that the pace is taken over: the last 7; of a younger campaign those since its start, at least 1
--   pace_per_day      goal_unit per day in pace_days
--   required_per_day  goal_unit per day from now on that reaches the target; 0 once reached, NULL after the deadline
--   projected         goal_unit at the deadline when the pace holds
WITH
    fromUnixTimestamp64Milli({now_ms:Int64}, 'UTC') AS now_at,
    now_at - INTERVAL 7 DAY AS week_ago,
    (effective_from <= now_at, version) AS rank,
    goal AS
    (
        SELECT
            argMax(title, rank) AS title,
            argMax(toString(goal_kind), rank) AS kind,
            if(count() = 0, 'acts', argMax(toString(goal_unit), rank)) AS unit,
            argMax(toString(time_zone), rank) AS zone,
            argMax(toString(currency), rank) AS money,
            nullIf(argMax(goal_target, rank), 0) AS target,
            argMax(started_at, rank) AS start,
            argMax(deadline, rank) AS deadline
        FROM campaigns
        WHERE tenant = {tenant:String} AND campaign = {campaign:String}
    ),
    counted AS
    (
        SELECT
            count() AS acts,
            countIf(derived_at > week_ago) AS acts_7d,
            uniqExactIf(visitor_key, (SELECT unit FROM goal) = 'persons') AS persons,
            persons - uniqExactIf(visitor_key, (SELECT unit FROM goal) = 'persons' AND derived_at <= week_ago) AS persons_7d,
            sumIf(value_minor, currency = (SELECT money FROM goal)) AS worth
        FROM events
        WHERE tenant = {tenant:String} AND campaign = {campaign:String} AND stage = 'act'
            AND (kind = (SELECT kind FROM goal) OR (SELECT kind FROM goal) = '')
            AND derived_at >= (SELECT start FROM goal)
            AND (derived_at <= (SELECT deadline FROM goal) OR (SELECT target FROM goal) IS NULL)
    )
SELECT
    goal.title AS title,
    goal.kind AS goal_kind,
    goal.unit AS goal_unit,
    goal.zone AS time_zone,
    goal.money AS currency,
    goal.target AS target,
    if(goal_unit = 'persons', counted.persons, counted.acts) AS acts,
    counted.worth AS value_minor,
    if(target IS NULL, NULL, goal.start) AS started_at,
    if(target IS NULL, NULL, goal.deadline) AS deadline,
    acts / target AS progress,
    if(target IS NULL OR goal.deadline <= goal.start, NULL, greatest(0, least(1,
        dateDiff('millisecond', goal.start, now_at) / dateDiff('millisecond', goal.start, goal.deadline)))) AS elapsed,
    if(target IS NULL, NULL, greatest(0, dateDiff('millisecond', now_at, goal.deadline) / 86400000)) AS days_left,
    greatest(1, least(7, dateDiff('millisecond', goal.start, now_at) / 86400000)) AS pace_days,
    if(goal_unit = 'persons', counted.persons_7d, counted.acts_7d) / pace_days AS pace_per_day,
    multiIf(acts >= target, 0, days_left > 0, (target - acts) / days_left, NULL) AS required_per_day,
    acts + pace_per_day * days_left AS projected
FROM goal CROSS JOIN counted
