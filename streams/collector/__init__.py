"""Collector: HTTP in, interactions and rejections out; 2xx only after the broker acknowledged."""
