-- sources: where people came from, by what they did. One row per origin, most acts first.
-- Parameters: tenant, campaign, from_ms, to_ms, top (rows at most).
-- Range: persons by their first touch, from_ms inclusive, to_ms exclusive.
-- Columns:
--   origin            utm source, else the referring site, else direct
--   acts              of these persons
--   actors            persons who acted
--   talkers           persons who talked
--   visitors          persons who visited
--   acts_per_visitor  acts / visitors; NULL: fewer than 5 visitors
WITH
    t -> if(toUnixTimestamp64Milli(t) > 0, toUnixTimestamp64Milli(t), 9223372036854775807) AS reached_ms,
    persons AS
    (
        SELECT origin_key, sum(sign * toInt64(acts)) AS acts, sumIf(sign, has_act) AS actors, sumIf(sign, has_talk) AS talkers,
               sumIf(sign, has_visit) AS visitors
        FROM journeys
        WHERE tenant = {tenant:String} AND campaign = {campaign:String}
            AND least(reached_ms(first_visit_at), reached_ms(first_talk_at), reached_ms(first_act_at),
                      reached_ms(first_passive_at), reached_ms(first_pushback_at)) BETWEEN {from_ms:Int64} AND {to_ms:Int64} - 1
        GROUP BY origin_key
        HAVING sum(sign) > 0
    ),
    names AS
    (
        SELECT origin_key, any(origin) AS origin
        FROM origins
        WHERE tenant = {tenant:String} AND origin_key IN (SELECT origin_key FROM persons)
        GROUP BY origin_key
    )
SELECT
    if(names.origin = '', 'unknown', names.origin) AS origin,
    persons.acts AS acts,
    persons.actors AS actors,
    persons.talkers AS talkers,
    persons.visitors AS visitors,
    if(visitors < 5, NULL, acts / visitors) AS acts_per_visitor
FROM persons LEFT JOIN names USING (origin_key)
ORDER BY acts DESC, visitors DESC, origin
LIMIT {top:UInt32}
