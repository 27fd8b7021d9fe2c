-- lag_summary: what became of the persons who talked. One row; the four parts add up.
-- The first of act and push-back at or after the first talk ends the wait; an act wins a tie.
-- Parameters: tenant, campaign, from_ms, to_ms.
-- Range: persons by their first talk, from_ms inclusive, to_ms exclusive.
-- Columns:
--   talkers      persons who talked
--   acted        of them, acted first
--   pushed_back  of them, pushed back first
--   waiting      of them, neither yet: censored, not failed
SELECT
    sum(sign) AS talkers,
    sumIf(sign, act_ms > 0 AND (push_ms = 0 OR act_ms <= push_ms)) AS acted,
    sumIf(sign, push_ms > 0 AND (act_ms = 0 OR push_ms < act_ms)) AS pushed_back,
    sumIf(sign, act_ms = 0 AND push_ms = 0) AS waiting
FROM
(
    SELECT sign, toUnixTimestamp64Milli(act_after_talk_at) AS act_ms, toUnixTimestamp64Milli(pushback_after_talk_at) AS push_ms
    FROM journeys
    WHERE tenant = {tenant:String} AND campaign = {campaign:String} AND has_talk
        AND toUnixTimestamp64Milli(first_talk_at) BETWEEN {from_ms:Int64} AND {to_ms:Int64} - 1
)
