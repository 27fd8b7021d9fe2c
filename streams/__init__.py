"""stepthree: joins visits, talks and acts into journeys while they happen, exactly once."""
