"""Webhooks: signed deliveries of other services, one module per scheme."""
