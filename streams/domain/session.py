"""Sessions: runs of one visitor's interactions with no gap longer than the policy allows.

A gap of exactly `gap_ms` joins. Never cut at midnight and without a cap on their length: a cut
would make the result depend on which interaction came first.
"""

from __future__ import annotations

from streams.domain.visitor import NO_RUN, Run


def join(runs: list[Run], at_ms: int, gap_ms: int) -> tuple[Run, Run | None]:
    """Put an interaction into its run, in any order of arrival.

    `runs` are sorted and more than the gap apart, before and after. Returns the run that holds it
    and the run that it swallowed, because the interaction closed the gap between two.
    """
    if runs:
        last = runs[-1]
        if last.end <= at_ms <= last.end + gap_ms:
            remember(last)
            last.end = at_ms
            last.count += 1
            return last, None
        if at_ms < last.end:
            return _join_late(runs, at_ms, gap_ms)
    run = Run(at_ms, at_ms, 1, was=NO_RUN)
    runs.append(run)
    return run, None


def remember(run: Run) -> None:
    """Keep the row as written, once a batch."""
    if run.was is None:
        run.was = (run.start, run.end, run.count, run.capped)


def _join_late(runs: list[Run], at_ms: int, gap_ms: int) -> tuple[Run, Run | None]:
    place = len(runs)
    while place and runs[place - 1].start > at_ms:
        place -= 1
    before = runs[place - 1] if place and at_ms <= runs[place - 1].end + gap_ms else None
    after = runs[place] if place < len(runs) and runs[place].start <= at_ms + gap_ms else None
    if before is None and after is None:
        run = Run(at_ms, at_ms, 1, was=NO_RUN)
        runs.insert(place, run)
        return run, None
    if before is None:
        assert after is not None
        remember(after)
        after.start = at_ms
        after.count += 1
        return after, None
    remember(before)
    before.end = max(before.end, at_ms)
    before.count += 1
    if after is not None:
        remember(after)
        before.end = after.end
        before.count += after.count
        after.count = 0
        del runs[place]
    return before, after
