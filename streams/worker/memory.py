"""Memory: what one worker's state may take, in bytes, shared by the partitions that it holds."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from rocksdict import BlockBasedOptions, Cache, Options, WriteBufferManager

from streams.domain.visitor import Run, Track, Visitor

STATE_CACHE_MB: Final = 512
WRITE_BUFFER_BYTES: Final = 16 << 20
WRITE_BUFFERS: Final = 4  # at once, while the first is on its way to its file
LEVEL_0_FILES: Final = 8  # every write is a file of a few MB: merge more of them at once
BLOOM_BITS: Final = 10  # a new visitor is in no file; 1 in 100 is looked for all the same
MOST_KEYS: Final = 1 << 6  # one of so many visitors is weighed; keys are hashes
KEY_BYTES: Final = 48
SHARED_INTS: Final = range(-5, 257)  # Python holds each of them once


class Memory:
    """A quarter is RocksDB's, its blocks and buffers together; visitors have the rest."""

    def __init__(self, cache_mb: int = STATE_CACHE_MB) -> None:
        total_bytes = cache_mb << 20
        rocks_bytes = total_bytes // 4
        self._visitor_bytes = total_bytes - rocks_bytes
        self._blocks = Cache(rocks_bytes)
        self._buffers = WriteBufferManager.new_write_buffer_manager_with_cache(
            rocks_bytes // 2, False, self._blocks
        )
        self._stores: set[Path] = set()

    @property
    def share_bytes(self) -> int:
        """What the visitors of one store may take."""
        return self._visitor_bytes // max(1, len(self._stores))

    def enter(self, store: Path) -> None:
        """One more store is open."""
        self._stores.add(store)

    def leave(self, store: Path) -> None:
        """It is closed."""
        self._stores.discard(store)

    def options(self) -> Options:
        """RocksDB's, for one store: every byte that it holds is counted in the shared cache."""
        blocks = BlockBasedOptions()
        blocks.set_block_cache(self._blocks)
        blocks.set_cache_index_and_filter_blocks(True)
        blocks.set_bloom_filter(BLOOM_BITS, False)
        options = Options(raw_mode=True)
        options.set_block_based_table_factory(blocks)
        options.set_write_buffer_size(WRITE_BUFFER_BYTES)
        options.set_max_write_buffer_number(WRITE_BUFFERS)
        options.set_write_buffer_manager(self._buffers)
        options.set_level_zero_file_num_compaction_trigger(LEVEL_0_FILES)
        return options


class Hot:
    """The visitors of one store in memory, in two generations: whom nobody asks for is forgotten.

    `young` takes in whoever is asked for; when it has half the share, it becomes the old one, and
    the old one is let go of. Nothing is noted down per access, and the fold reads one plain dict.
    """

    def __init__(self, memory: Memory, *, whole: bool) -> None:
        self.young: dict[int, Visitor] = {}
        self._old: dict[int, Visitor] = {}
        self._memory = memory
        self._whole = whole  # nobody is in the files who is not here
        self._weights: dict[int, int] = {}

    @property
    def full(self) -> bool:
        """Whether the young generation has its half of the share."""
        return self._bytes() * 2 > self._memory.share_bytes

    def turn(self) -> None:
        """A new generation; what the files do not hold yet must not be in the old one."""
        self._whole = self._whole and not self._old
        self._old, self.young, self._weights = self.young, {}, {}

    def call(self, keys: Iterable[int]) -> list[int]:
        """Move who is remembered to the young; the others, who may be in the files."""
        if self._whole and not self._old:
            return []
        away = set(keys) - self.young.keys()
        found = {key: self._old.pop(key) for key in away & self._old.keys()}
        self.admit(found)
        return [] if self._whole else list(away - found.keys())

    def admit(self, visitors: Mapping[int, Visitor]) -> None:
        """These are young now."""
        self.young.update(visitors)
        self.weigh(visitors)

    def weigh(self, visitors: Mapping[int, Visitor]) -> None:
        """Note what one in `MOST_KEYS` of these young ones takes."""
        for key in [key for key in visitors if key % MOST_KEYS == 0]:
            self._weights[key] = bytes_of(visitors[key])

    def _bytes(self) -> int:
        """An estimate for the young generation, the dict included."""
        held = len(self.young) * KEY_BYTES + sys.getsizeof(self.young)
        return held + MOST_KEYS * sum(self._weights.values())


def bytes_of(value: Any) -> int:
    """What a visitor, or a part of one, takes in Python's heap, which deals in steps of 16."""
    if not value or value is True:
        return 0  # of these there is one each
    if isinstance(value, int):
        return 0 if value in SHARED_INTS else 32
    size = -(-sys.getsizeof(value) // 16) * 16
    if isinstance(value, tuple):
        return size + sum(map(bytes_of, value))
    if isinstance(value, Visitor | Run | Track):
        return size + sum([bytes_of(getattr(value, name)) for name in value.__struct_fields__])
    return size
