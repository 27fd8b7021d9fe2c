"""Scenarios: importing this package makes all of them known to the registry."""

from tests.faults.scenarios import workers

__all__ = ["workers"]
