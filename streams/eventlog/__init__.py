"""Event log: topics, producing and offsets in Kafka, for everything that is not a lane."""
