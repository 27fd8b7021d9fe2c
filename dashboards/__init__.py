"""Dashboards: Python that writes Grafana's JSON; a panel's SQL is always a named query."""
