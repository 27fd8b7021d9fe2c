"""Sessions: runs of one visitor's interactions with no gap longer than the policy allows.

A gap of exactly `gap_ms` joins. Never cut at midnight and without a cap on their length: a cut
would make the result depend on which interaction came first.
"""

from __future__ import annotations

from typing import NamedTuple

from streams.domain.visitor import NO_RUN, Run


class Joined(NamedTuple):
    """All runs, sorted and more than the gap apart, and those of them or swallowed that changed."""

    runs: tuple[Run, ...]
    changed: tuple[Run, ...]


def join(runs: tuple[Run, ...], at_ms: int, gap_ms: int) -> Joined:
    """Put an interaction into its run, or a run of its own, in any order of arrival.

    When it closes the gap between two runs, the earlier one swallows the later, whose count is 0
    then.
    """
    place = len(runs)
    while place and runs[place - 1].start > at_ms:
        place -= 1
    earlier, later = runs[:place], runs[place:]
    before = earlier[-1] if earlier and at_ms <= earlier[-1].end + gap_ms else None
    after = later[0] if later and later[0].start <= at_ms + gap_ms else None
    if before is not None:
        remember(before)
        before.end = max(before.end, at_ms)
        before.count += 1
        if after is None:
            return Joined(runs, (before,))
        remember(after)
        before.end, before.count = after.end, before.count + after.count
        after.count = 0
        return Joined(earlier + later[1:], (before, after))
    if after is not None:
        remember(after)
        after.start = at_ms
        after.count += 1
        return Joined(runs, (after,))
    alone = Run(at_ms, at_ms, 1, was=NO_RUN)
    return Joined((*earlier, alone, *later), (alone,))


def remember(run: Run) -> None:
    """Keep the row as written, once a batch."""
    if run.was is None:
        run.was = (run.start, run.end, run.count, run.capped)
