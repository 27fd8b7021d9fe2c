-- unbalanced: received records of all tenants that are in no table, or in two. One row, zeros when it balances.
-- The range is of receipt: from_ms (inclusive) to to_ms (exclusive), in whole minutes.
-- Parameters: from_ms, to_ms.
-- Columns:
--   missing  records that are missing or too many, added up without their signs
--   minutes  minutes in which a tenant's sides differ
SELECT
    sum(abs(sides.missing)) AS missing,
    count() AS minutes
FROM conservation AS sides
WHERE sides.missing != 0
    AND minute >= toDateTime(intDiv({from_ms:Int64}, 1000), 'UTC') AND minute < toDateTime(intDiv({to_ms:Int64}, 1000), 'UTC')
