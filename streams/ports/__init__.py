"""Ports: what the domain's callers need from the world, as Protocols."""
