-- conservation: what came in against what became of it, of one tenant, by minute of receipt. One row.
-- received = accepted + duplicates + dropped + dead_letters; the sides are counted apart, so a loss shows.
-- Parameters: tenant, from_ms, to_ms.
-- Range: by the minute of receipt, from_ms inclusive, to_ms exclusive.
-- Columns (records):
--   received      read from the log
--   accepted      stand in events
--   duplicates    seen before
--   dropped       left out for another reason
--   dead_letters  kept as they came, with a reason
--   missing       received less all others; 0 when it balances
--   unbalanced_minutes  minutes in which it does not balance
SELECT
    sum(minutes.received) AS received,
    sum(minutes.accepted) AS accepted,
    sum(minutes.duplicates) AS duplicates,
    sum(minutes.dropped) AS dropped,
    sum(minutes.dead_letters) AS dead_letters,
    sum(minutes.missing) AS missing,
    countIf(minutes.missing != 0) AS unbalanced_minutes
FROM conservation AS minutes
WHERE tenant = {tenant:String}
    AND minute >= toDateTime(intDiv({from_ms:Int64}, 1000), 'UTC') AND minute < toDateTime(intDiv({to_ms:Int64}, 1000), 'UTC')
