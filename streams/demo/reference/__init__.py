"""Reference: what must stand in ClickHouse, by brute force over the raw log.

It states the rules once more in the plainest way, shares no code with the worker and is fast
enough for some 100,000 records. It knows no caps: a visitor with more duplicates, touches or runs
than the worker remembers is outside of it.
"""

from streams.demo.reference.expected import (
    DeadLetter,
    Event,
    Expected,
    Funnel,
    Journey,
    Replay,
    Rules,
    Session,
)
from streams.demo.reference.facts import expected_facts
from streams.demo.reference.records import Record, reference

__all__ = [
    "DeadLetter",
    "Event",
    "Expected",
    "Funnel",
    "Journey",
    "Record",
    "Replay",
    "Rules",
    "Session",
    "expected_facts",
    "reference",
]
