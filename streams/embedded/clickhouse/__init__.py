"""Embedded ClickHouse: the real engine in a process of its own, spoken to by its native protocol.

`python -m streams.embedded.clickhouse --path DATA --port N` serves a data folder on loopback, so
that clickhouse-driver is the only way code speaks to ClickHouse, be it a server or a laptop.
"""
