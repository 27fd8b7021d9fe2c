-- paths: the order in which those who acted came by their act; each actor is in exactly one path. One row per path seen.
-- Parameters: tenant, campaign, from_ms, to_ms.
-- Range: persons by their first touch, from_ms inclusive, to_ms exclusive.
-- Columns:
--   path        visit-talk-act, visit-act (silent), talk-act (heard and talked first), talk-visit-act, act-talk, act
--   actors      persons
--   share       of all actors; NULL: fewer than 5 actors in all
--   dark        of these actors, seen with neither visit nor talk
--   dark_share  dark actors of all paths / all actors, the same in every row: what happens somewhere else
WITH
    t -> if(toUnixTimestamp64Milli(t) > 0, toUnixTimestamp64Milli(t), 9223372036854775807) AS reached_ms
SELECT
    toString(journeys.path) AS path,
    sum(sign) AS actors,
    if(sum(actors) OVER () < 5, NULL, actors / sum(actors) OVER ()) AS share,
    sumIf(sign, NOT has_visit AND NOT has_talk) AS dark,
    if(sum(actors) OVER () < 5, NULL, sum(dark) OVER () / sum(actors) OVER ()) AS dark_share
FROM journeys
WHERE tenant = {tenant:String} AND campaign = {campaign:String} AND has_act
    AND least(reached_ms(first_visit_at), reached_ms(first_talk_at), reached_ms(first_act_at),
              reached_ms(first_passive_at), reached_ms(first_pushback_at)) BETWEEN {from_ms:Int64} AND {to_ms:Int64} - 1
GROUP BY path
HAVING actors > 0
ORDER BY actors DESC, path
