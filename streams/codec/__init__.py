"""Codec: bytes to domain values and back; it translates and never decides."""
