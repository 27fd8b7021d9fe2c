-- letters: dead letters that stand: no replay has made interactions of them. One row per tenant, reason and source, most first.
-- Parameters: tenant (*: all; empty: those whose tenant could not be told), reason (*: all), from_ms, to_ms.
-- Range: by receipt, from_ms inclusive, to_ms exclusive.
-- Columns:
--   tenant, reason, source  whose, why, and what sent them
--   dead_letters            how many
--   first_at, last_at       UTC, when the first and the last one came
--   last_id                 topic:partition:offset of the last one
--   last_detail             what was expected and found in it
SELECT
    toString(letters.tenant) AS tenant,
    toString(letters.reason) AS reason,
    toString(letters.source) AS source,
    count() AS dead_letters,
    min(received_at) AS first_at,
    max(received_at) AS last_at,
    argMax(concat(topic, ':', toString(partition), ':', toString(offset)), (received_at, partition, offset)) AS last_id,
    argMax(detail, (received_at, partition, offset)) AS last_detail
FROM standing_letters AS letters
WHERE ({tenant:String} = '*' OR letters.tenant = {tenant:String}) AND ({reason:String} = '*' OR letters.reason = {reason:String})
    AND received_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
GROUP BY tenant, reason, source
ORDER BY dead_letters DESC, tenant, reason, source
