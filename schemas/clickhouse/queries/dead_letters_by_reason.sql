-- dead_letters_by_reason: records of one tenant that are no interaction, less those replayed. One row per reason, most first.
-- Parameters: tenant (empty: those whose tenant could not be told), from_ms, to_ms.
-- Range: by receipt, from_ms inclusive, to_ms exclusive.
-- Columns:
--   reason         of the fixed list: empty, too_large, bad_encoding, bad_json, bad_field, bad_key, unreadable_line
--   dead_letters   records
--   last_at        UTC, when the last one came
--   last_source    what sent the last one
--   last_detail    what was expected and found in the last one
SELECT
    toString(standing_letters.reason) AS reason,
    count() AS dead_letters,
    max(received_at) AS last_at,
    argMax(toString(source), received_at) AS last_source,
    argMax(detail, received_at) AS last_detail
FROM standing_letters
WHERE tenant = {tenant:String}
    AND received_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
GROUP BY reason
ORDER BY dead_letters DESC, reason
