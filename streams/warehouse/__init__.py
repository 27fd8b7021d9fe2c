"""Warehouse: ClickHouse through clickhouse-driver."""
