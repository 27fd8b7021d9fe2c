-- audit_ids: an event id that one visitor sent twice and that was accepted twice. One row per repetition, at most 1001.
-- A visitor's newest ids are remembered, so many as `ring` says: within them a repetition is a fault, beyond them it is as promised.
-- Parameters: tenant (*: all), from_ms, to_ms, ring, far (0: within the ring; 1: beyond it).
-- Range: by receipt of the repeated ids, from_ms inclusive, to_ms exclusive.
-- Columns:
--   tenant, visitor, event_id  whose id, and which
--   partition, offset          of the second one
--   distance                   how many ids of the visitor later than the first one
SELECT tenant, visitor, event_id, partition, offset, rank - before AS distance
FROM
(
    SELECT tenant, visitor, event_id, partition, offset, rank,
           lagInFrame(rank) OVER (PARTITION BY tenant, visitor, event_id ORDER BY rank ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS before
    FROM
    (
        SELECT tenant, visitor, event_id, partition, offset,
               row_number() OVER (PARTITION BY tenant, visitor ORDER BY partition, offset) AS rank
        FROM (SELECT DISTINCT tenant, visitor, event_id, partition, offset FROM events)
        WHERE (tenant, visitor) IN
        (
            SELECT tenant, visitor
            FROM events
            WHERE ({tenant:String} = '*' OR tenant = {tenant:String})
                AND received_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
            GROUP BY tenant, visitor, event_id
            HAVING uniqExact(partition, offset) > 1
        )
    )
)
WHERE before > 0 AND (distance > {ring:UInt64}) = {far:UInt8}
ORDER BY tenant, visitor, partition, offset
LIMIT 1001
