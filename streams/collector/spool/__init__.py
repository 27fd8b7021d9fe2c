"""Spool: what the log cannot take now waits on disk, in order, and goes to the log later."""
