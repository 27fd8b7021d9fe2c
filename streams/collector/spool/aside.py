"""Aside: what cannot go to the log is kept beside the spool, told and counted; the rest goes on.

`damaged`: bytes that are no records, and whole segments that could not be read. `refused`: records
that the broker will not take, as segments with their reasons; a folder of their own beside the
spools, with a number for its name, is drained like any other.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from streams.collector.spool.durable import make_folder, sync_folder, write_file
from streams.collector.spool.frames import Damaged, Spooled, encode_frame
from streams.metrics import COLLECTOR_SET_ASIDE, COLLECTOR_SPOOL_DAMAGED

DAMAGED: Final = "damaged"
REFUSED: Final = "refused"
SUFFIX: Final = ".spool"
_OFFSETS: Final = 10_000_000_000  # more than a segment has; a name is a segment's number again

_log: Final = logging.getLogger(__name__)


class Position(NamedTuple):
    """A place between two frames."""

    segment: int
    offset: int


class Refusal(NamedTuple):
    """A record that the log did not take, and why."""

    spooled: Spooled
    error: str


def set_damage_aside(folder: Path, at: Position, damaged: Damaged) -> None:
    """Keep bytes that are not what was written. Raises OSError."""
    path = folder / DAMAGED / f"{at.segment}-{at.offset}"
    if not path.exists():  # a chunk may be read twice
        write_file(path, damaged.content)
        COLLECTOR_SPOOL_DAMAGED.inc()
        _log.error("damaged: expected whole records, found others; set aside: %s", path)


def set_segment_aside(segment: Path, error: OSError) -> None:
    """Keep a segment that cannot be read, under its name, where that can be done."""
    with suppress(OSError):  # one that is gone, or a disk that fails: it stays where it is
        make_folder(segment.parent / DAMAGED)
        segment.rename(segment.parent / DAMAGED / segment.name)
        sync_folder(segment.parent / DAMAGED)
    COLLECTOR_SPOOL_DAMAGED.inc()
    _log.error("%s: expected a segment to read, found %s; skipped", segment, error)


def set_refused_aside(folder: Path, end: Position, refusals: Sequence[Refusal]) -> None:
    """Keep the records of the chunk up to `end` that the log refused for good. Raises OSError."""
    path = folder / REFUSED / f"{end.segment * _OFFSETS + end.offset:020d}{SUFFIX}"
    reasons = "".join(f"{each.spooled.record.topic}: {each.error}\n" for each in refusals)
    write_file(path.with_suffix(".txt"), reasons.encode())
    write_file(path, b"".join(encode_frame(*each.spooled) for each in refusals))
    COLLECTOR_SET_ASIDE.inc(len(refusals))
    found = refusals[0].error
    _log.error("the broker refused %d records: %s; set aside: %s", len(refusals), found, path)
