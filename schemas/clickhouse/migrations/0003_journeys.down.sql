DROP VIEW funnel_by_reached SYNC;
DROP VIEW funnel_by_entry SYNC;
DROP VIEW funnel_by_minute_view SYNC;
DROP TABLE funnel_by_minute SYNC;
DROP TABLE journeys SYNC;
