-- lag_curve: share of talkers who have acted by a time after their first talk. One row per lag that was seen.
-- The first of act and push-back ends the wait (an act wins a tie); who still waits at now is censored, not failed.
-- km treats push-back as censored (Kaplan-Meier); act and pushback are the incidences with push-back as a competing
-- risk (Aalen-Johansen), the curve to show. No row lies beyond the longest lag seen; none at all below 5 talkers.
-- At most about 200 rows: the last one of each two-hundredth of the longest lag.
-- Parameters: tenant, campaign, from_ms, to_ms, now_ms.
-- Range: persons by their first talk, from_ms inclusive, to_ms exclusive.
-- Columns:
--   lag_s         seconds since the first talk
--   at_risk       persons who had waited at least that long
--   acted         persons who had acted by then
--   pushed_back   persons who had pushed back by then
--   km            1 - S, Kaplan-Meier
--   km_low        95 % interval by Greenwood, lower end
--   km_high       95 % interval by Greenwood, upper end
--   act           Aalen-Johansen incidence of act
--   act_low       95 % interval by the delta method, lower end
--   act_high      95 % interval by the delta method, upper end
--   pushback      Aalen-Johansen incidence of push-back
--   median_lag_s  the first lag at which act is at least 0.5, the same in every row; NULL: not reached
WITH
    waits AS
    (
        SELECT
            toUnixTimestamp64Milli(first_talk_at) AS talk_ms,
            toUnixTimestamp64Milli(act_after_talk_at) AS act_ms,
            toUnixTimestamp64Milli(pushback_after_talk_at) AS push_ms,
            multiIf(act_ms > 0 AND (push_ms = 0 OR act_ms <= push_ms), 'act', push_ms > 0, 'pushback', 'waiting') AS ending,
            multiIf(ending = 'act', act_ms, ending = 'pushback', push_ms, greatest({now_ms:Int64}, talk_ms)) - talk_ms AS wait_ms,
            sign
        FROM journeys
        WHERE tenant = {tenant:String} AND campaign = {campaign:String} AND has_talk
            AND talk_ms BETWEEN {from_ms:Int64} AND {to_ms:Int64} - 1
    ),
    leaving AS
    (
        SELECT intDiv(wait_ms, 1000) AS lag_s, sumIf(sign, ending = 'act') AS a, sumIf(sign, ending = 'pushback') AS u, sum(sign) AS gone
        FROM waits
        GROUP BY lag_s
    ),
    risk AS
    (
        SELECT lag_s, a, u, sum(gone) OVER (ORDER BY lag_s DESC) AS n, sum(gone) OVER () AS talkers
        FROM leaving
    ),
    survival AS
    (
        SELECT
            lag_s, a, u, n,
            exp(sum(log(1 - a / n)) OVER (ORDER BY lag_s)) AS s_act,
            sum(if(n > a, a / n / (n - a), 0)) OVER (ORDER BY lag_s) AS greenwood,
            exp(sum(log(1 - (a + u) / n)) OVER (ORDER BY lag_s ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS s_before,
            if(n > a + u, (a + u) / n / (n - a - u), 0) AS w,
            s_before * a / n / n AS e,
            s_before * s_before * (n - a) * a / n / n / n AS c
        FROM risk
        WHERE talkers >= 5 AND a + u > 0
    ),
    incidence AS
    (
        SELECT *, sum(s_before * a / n) OVER (ORDER BY lag_s) AS f, sum(s_before * u / n) OVER (ORDER BY lag_s) AS f_push
        FROM survival
    ),
    spread AS
    (
        SELECT
            *,
            sum(w) OVER past * f * f - 2 * f * sum(f * w) OVER past + sum(f * f * w) OVER past
                + sum(c) OVER past - 2 * f * sum(e) OVER past + 2 * sum(f * e) OVER past AS variance
        FROM incidence
        WINDOW past AS (ORDER BY lag_s)
    ),
    curve AS
    (
        SELECT
            lag_s,
            n AS at_risk,
            sum(a) OVER (ORDER BY lag_s) AS acted,
            sum(u) OVER (ORDER BY lag_s) AS pushed_back,
            1 - s_act AS km,
            greatest(0, km - 1.959963984540054 * s_act * sqrt(greenwood)) AS km_low,
            least(1, km + 1.959963984540054 * s_act * sqrt(greenwood)) AS km_high,
            f AS act,
            greatest(0, f - 1.959963984540054 * sqrt(greatest(0, variance))) AS act_low,
            least(1, f + 1.959963984540054 * sqrt(greatest(0, variance))) AS act_high,
            f_push AS pushback,
            minOrNullIf(lag_s, f >= 0.5) OVER () AS median_lag_s
        FROM spread
        ORDER BY lag_s DESC
        LIMIT 1 BY intDiv(lag_s * 200, greatest(max(lag_s) OVER (), 1))
    )
SELECT *
FROM curve
ORDER BY lag_s
