-- ratios: who talks of those who see, who acts of those who talk, and what likes hide. One row.
-- Parameters: tenant, campaign, from_ms, to_ms.
-- Range: persons by their first touch, from_ms inclusive, to_ms exclusive.
-- Columns (counts are persons, in any order of stages; a ratio over fewer than 5 persons is NULL):
--   visitors, talkers, actors
--   likers              persons with a like or follow; never shown without act_per_talk beside it
--   pushed_back         persons who unsubscribed, complained, blocked
--   talk_per_visit      visitors who talked / visitors (talk-about ratio)
--   talk_per_visit_low, talk_per_visit_high  95 % interval by Wilson
--   talk_per_like       talkers / likers (talk-about ratio over likes), may exceed 1
--   act_per_talk        talkers who acted / talkers
--   act_per_talk_low, act_per_talk_high      95 % interval by Wilson
--   act_per_visit       visitors who acted / visitors
--   act_per_visit_low, act_per_visit_high    95 % interval by Wilson
--   vanity_gap          1 - actors / persons who liked or visited
WITH
    t -> if(toUnixTimestamp64Milli(t) > 0, toUnixTimestamp64Milli(t), 9223372036854775807) AS reached_ms,
    (x, n, side) -> if(n < 5, NULL, (x / n + 1.920729410347062 / n
        + side * 1.959963984540054 * sqrt(x / n * (1 - x / n) / n + 0.960364705173531 / n / n)) / (1 + 3.841458820694124 / n)) AS wilson,
    persons AS
    (
        SELECT
            sumIf(sign, has_visit) AS visited,
            sumIf(sign, has_talk) AS talked,
            sumIf(sign, has_act) AS acted,
            sumIf(sign, reached_ms(first_passive_at) < 9223372036854775807) AS liked,
            sumIf(sign, reached_ms(first_pushback_at) < 9223372036854775807) AS pushed,
            sumIf(sign, has_visit AND has_talk) AS visited_and_talked,
            sumIf(sign, has_talk AND has_act) AS talked_and_acted,
            sumIf(sign, has_visit AND has_act) AS visited_and_acted,
            sumIf(sign, has_visit OR reached_ms(first_passive_at) < 9223372036854775807) AS visited_or_liked
        FROM journeys
        WHERE tenant = {tenant:String} AND campaign = {campaign:String}
            AND least(reached_ms(first_visit_at), reached_ms(first_talk_at), reached_ms(first_act_at),
                      reached_ms(first_passive_at), reached_ms(first_pushback_at)) BETWEEN {from_ms:Int64} AND {to_ms:Int64} - 1
    )
SELECT
    visited AS visitors,
    talked AS talkers,
    acted AS actors,
    liked AS likers,
    pushed AS pushed_back,
    if(visited < 5, NULL, visited_and_talked / visited) AS talk_per_visit,
    wilson(visited_and_talked, visited, -1) AS talk_per_visit_low,
    wilson(visited_and_talked, visited, 1) AS talk_per_visit_high,
    if(liked < 5, NULL, talked / liked) AS talk_per_like,
    if(talked < 5, NULL, talked_and_acted / talked) AS act_per_talk,
    wilson(talked_and_acted, talked, -1) AS act_per_talk_low,
    wilson(talked_and_acted, talked, 1) AS act_per_talk_high,
    if(visited < 5, NULL, visited_and_acted / visited) AS act_per_visit,
    wilson(visited_and_acted, visited, -1) AS act_per_visit_low,
    wilson(visited_and_acted, visited, 1) AS act_per_visit_high,
    if(visited_or_liked < 5, NULL, 1 - acted / visited_or_liked) AS vanity_gap
FROM persons
