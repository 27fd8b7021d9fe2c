-- audit_conservation: minutes in which what was received is not what became of it. One row per minute, at most 1001.
-- Parameters: tenant (*: all), from_ms, to_ms.
-- Range: by the minute of receipt, from_ms inclusive, to_ms exclusive.
-- Columns:
--   tenant, minute                                      whose, and when
--   received, accepted, duplicates, dropped, dead_letters  the two sides, as in the view conservation
--   missing                                             lost when above 0, too many when below
SELECT tenant, minute, sides.received, sides.accepted, sides.duplicates, sides.dropped, sides.dead_letters, sides.missing
FROM conservation AS sides
WHERE sides.missing != 0 AND ({tenant:String} = '*' OR tenant = {tenant:String})
    AND minute >= toDateTime(intDiv({from_ms:Int64}, 1000), 'UTC') AND minute < toDateTime(intDiv({to_ms:Int64}, 1000), 'UTC')
ORDER BY tenant, minute
LIMIT 1001
