DROP VIEW funnel_by_reached_view SYNC;
DROP TABLE funnel_by_reached SYNC;
DROP VIEW funnel_by_entry_view SYNC;
DROP TABLE funnel_by_entry SYNC;
DROP TABLE journeys SYNC;
