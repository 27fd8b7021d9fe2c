"""Embedded: the stock broker and the real ClickHouse engine as child processes."""
