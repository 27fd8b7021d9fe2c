-- letter_places: where dead letters that stand are in the log. One row per letter, in the order of the log.
-- Parameters: tenant (*: all; empty: those whose tenant could not be told), reason (*: all), from_ms, to_ms.
-- Range: by receipt, from_ms inclusive, to_ms exclusive.
-- Columns:
--   topic, partition, offset  the place
--   tenant, received_ms       as it was counted; milliseconds since 1970
--   source, reason            what sent it, and why it is no interaction
SELECT toString(letters.topic) AS topic, partition, offset, toString(letters.tenant) AS tenant,
       toUnixTimestamp64Milli(received_at) AS received_ms, toString(letters.source) AS source, toString(letters.reason) AS reason
FROM standing_letters AS letters
WHERE ({tenant:String} = '*' OR letters.tenant = {tenant:String}) AND ({reason:String} = '*' OR letters.reason = {reason:String})
    AND received_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
ORDER BY topic, partition, offset
