DROP VIEW conservation SYNC;
DROP TABLE receipts SYNC;
DROP VIEW dead_by_minute_view SYNC;
DROP TABLE dead_by_minute SYNC;
DROP TABLE dead_letters SYNC;
