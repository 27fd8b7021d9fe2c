"""Scenarios: importing this package makes all of them known to the registry."""

from tests.faults.scenarios import broker, data, warehouse, workers

__all__ = ["broker", "data", "warehouse", "workers"]
