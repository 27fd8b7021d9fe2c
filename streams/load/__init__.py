"""Load: files of past interactions, straight to Kafka."""
