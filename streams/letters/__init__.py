"""Letters: dead letters found again, shown, and replayed after a fix."""
