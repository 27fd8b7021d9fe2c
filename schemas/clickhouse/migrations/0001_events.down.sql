DROP VIEW accepted_by_minute_view SYNC;
DROP TABLE accepted_by_minute SYNC;
DROP TABLE origins SYNC;
DROP TABLE events SYNC;
