"""Console: the private live page, its JSON and its server-sent events."""
