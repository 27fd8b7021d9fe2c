"""Clock: the only reader of time."""

import time


def now_ms() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def monotonic_s() -> float:
    """Seconds that only grow; for measuring, never for stamping."""
    return time.monotonic()
