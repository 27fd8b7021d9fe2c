DROP VIEW conservation SYNC;
-- Conservation: received = accepted + duplicates + dropped + dead letters, where the sides are counted apart.
CREATE VIEW conservation AS
SELECT tenant, minute, sum(received) AS received, sum(accepted) AS accepted, sum(duplicates) AS duplicates,
       sum(dropped) AS dropped, sum(dead_letters) AS dead_letters,
       toInt64(received) - toInt64(accepted) - toInt64(duplicates) - toInt64(dropped) - toInt64(dead_letters) AS missing
FROM
(
    SELECT tenant, minute, received, 0 AS accepted, duplicates, dropped, 0 AS dead_letters FROM receipts
    UNION ALL
    SELECT tenant, minute, 0, accepted, 0, 0, 0 FROM accepted_by_minute
    UNION ALL
    SELECT tenant, minute, 0, 0, 0, 0, dead_letters FROM dead_by_minute
)
GROUP BY tenant, minute;
DROP VIEW standing_letters SYNC;
DROP VIEW replayed_letters SYNC;
DROP VIEW replayed SYNC;
DROP TABLE replays SYNC;
