"""A process that folds and saves one batch after the other until it is killed.

python -m tests.unit.worker.saving FOLDER
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from streams.domain.fold import fold
from streams.domain.interaction import Interaction
from streams.worker.memory import Memory
from streams.worker.store import RocksStore
from tests.builders import LIMITS, interaction, stamped

WRITE_EVERY = 20
BATCH = 8


def record(number: int) -> Interaction:
    """The log's record at this offset."""
    return interaction(f"e{number}", visitor=f"v{number % 50}")


def save(folder: Path) -> None:
    """Go on from where the store stands, for ever."""
    store = RocksStore(folder, Memory(1), WRITE_EVERY)
    print("saving", flush=True)
    for begin in count(store.offset, BATCH):
        steps = stamped([record(number) for number in range(begin, begin + BATCH)]).steps
        facts = fold(steps, store.load(step[0] for step in steps), LIMITS)
        store.save(facts.changed, begin + BATCH)


if __name__ == "__main__":
    save(Path(sys.argv[1]))
