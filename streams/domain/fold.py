"""The fold: a batch of interactions in log order becomes facts; no clock, no timer, no randomness.

Everything downstream follows from that: a replay gives the same facts, and any order of arrival
gives the same sums. Within a batch only the last change of a session or journey becomes a row.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Final, NamedTuple

from streams.domain.arrival import AHEAD_MS
from streams.domain.campaign import Policy
from streams.domain.facts import Facts
from streams.domain.journey import (
    NO_JOURNEY,
    SEND,
    VISIT,
    add_origin,
    add_touch,
    append_visit,
    journey_row,
    reach,
)
from streams.domain.session import join, remember
from streams.domain.visitor import NO_RUN, Run, Track, Visitor, seen

SKEW_STEP_MS: Final = 600_000

Step = tuple[int, bytes, int, int, int, int, int, int, bool, int, int, Policy]
"""What the fold knows of one interaction:
visitor_key, event_key (8 bytes), campaign_key (0: none), stage, occurred_at, sent_at (0: not told),
received_at, oldest (the earliest time believed of its source), in_session, origin_key, value_minor,
policy. Keys are xxHash64, times milliseconds.
"""


class Limits(NamedTuple):
    """The gap between two sessions, and how much is remembered of one visitor."""

    gap_ms: int = 1_800_000
    ring_bytes: int = 8 * 4096
    touches: int = 512


def fold(steps: Iterable[Step], visitors: MutableMapping[int, Visitor], limits: Limits) -> Facts:
    """Advance `visitors` over the steps; a visitor that is not in the mapping is a new one."""
    batch = _take(steps, visitors, limits)
    batch.write_sessions()
    batch.write_journeys()
    return batch.facts


def advance(
    steps: Iterable[Step], visitors: MutableMapping[int, Visitor], limits: Limits
) -> dict[int, Visitor]:
    """As `fold`, where the facts are written already; the visitors that changed."""
    batch = _take(steps, visitors, limits)
    batch.write_nothing()
    return batch.facts.changed


def _take(steps: Iterable[Step], visitors: MutableMapping[int, Visitor], limits: Limits) -> _Batch:
    """Everything but the rows."""
    batch = _Batch(limits)
    ring_bytes, sit, touch = limits.ring_bytes, batch.sit, batch.touch
    accepted, derived, clamps, duplicates, _, _, changed = batch.facts
    for index, step in enumerate(steps):
        # fmt: off
        (key, event_key, campaign_key, stage, at_ms, sent_at, received_at, oldest,
         in_session, _, _, policy) = step
        # fmt: on
        visitor = visitors.get(key)
        if visitor is None:
            visitor = visitors[key] = Visitor()
        ring = visitor.ring
        if event_key in ring and seen(ring, event_key):
            duplicates.append(index)
            continue
        visitor.ring = (ring if len(ring) < ring_bytes else ring[8:]) + event_key
        changed[key] = visitor
        if sent_at:
            at_ms += _skew_ms(visitor, received_at - sent_at)
        clamped = at_ms < oldest or at_ms > received_at + AHEAD_MS
        if clamped:
            at_ms = received_at
        accepted.append(index)
        derived.append(at_ms)
        clamps.append(clamped)
        own_gap_ms = policy.own_gap_ms
        if in_session and not (own_gap_ms and campaign_key):
            sit(index, key, visitor, at_ms, 0)
        if campaign_key and stage != SEND:
            tracks = visitor.tracks
            if tracks and tracks[0].campaign_key == campaign_key:
                track = tracks[0]
            else:
                track = _track(visitor, campaign_key)
            if in_session and own_gap_ms:
                sit(index, key, track, at_ms, own_gap_ms)
            if stage != VISIT or not append_visit(track, at_ms, policy, limits.touches):
                touch(index, step, track, at_ms)
    return batch


def _track(visitor: Visitor, campaign_key: int) -> Track:
    """The visitor's track of a campaign; few have more than one, and a dict of one is 230 bytes."""
    for track in visitor.tracks:
        if track.campaign_key == campaign_key:
            return track
    track = Track(campaign_key)
    visitor.tracks = (*visitor.tracks, track)
    return track


def _skew_ms(visitor: Visitor, late_ms: int) -> int:
    """The device's skew: the first one seen, rounded, until one differs by more than 10 min.

    Transit delay never turns one device's own order round, and right clocks stay untouched.
    """
    found = (late_ms + SKEW_STEP_MS // 2) // SKEW_STEP_MS * SKEW_STEP_MS
    kept = visitor.skew_ms
    if kept is None or abs(found - kept) > SKEW_STEP_MS:
        kept = visitor.skew_ms = found
    return kept


class _Batch:
    """What a batch changed so far: runs, some more than once, and tracks under their identity."""

    def __init__(self, limits: Limits) -> None:
        self.facts = Facts([], [], [], [], [], [], {})
        self._most = limits.touches
        self._gap_ms = limits.gap_ms
        self._runs: list[tuple[int, int, bool, Run]] = []
        self._tracks: dict[int, tuple[int, int, Track, Policy]] = {}

    def sit(self, index: int, key: int, of: Visitor | Track, at_ms: int, own_gap_ms: int) -> None:
        """Put an interaction into its session; the oldest of too many is flagged and let go."""
        runs, own = of.runs, own_gap_ms > 0
        gap_ms = own_gap_ms or self._gap_ms
        if runs and runs[-1].end <= at_ms <= runs[-1].end + gap_ms:
            last = runs[-1]
            if last.was is None:
                last.was = (last.start, last.end, last.count, last.capped)
                self._runs.append((index, key, own, last))
            last.end = at_ms
            last.count += 1
            return
        of.runs, changed = join(runs, at_ms, gap_ms)
        if len(of.runs) > self._most:
            oldest, *rest = of.runs
            remember(oldest)
            oldest.capped = True
            of.runs, changed = tuple(rest), (*changed, oldest)
        self._runs += [(index, key, own, run) for run in changed]

    def touch(self, index: int, step: Step, track: Track, at_ms: int) -> None:
        """Put an interaction into its journey."""
        policy = step[11]
        track.talk_window_ms, track.act_window_ms = policy.talk_window_ms, policy.act_window_ms
        add_touch(track, step[3], at_ms, step[10], self._most)
        add_origin(track, at_ms, step[9])
        self._tracks[id(track)] = (index, step[0], track, policy)

    def write_sessions(self) -> None:
        """Old and new row of every session that changed."""
        add = self.facts.sessions.append
        for index, key, own, run in self._runs:
            was, run.was = run.was, None
            if was is None:
                continue  # its rows stand already: it changed more than once
            if was != NO_RUN:
                add((index, -1, key, own, *was))
            if run.count:
                add((index, 1, key, own, run.start, run.end, run.count, run.capped))

    def write_journeys(self) -> None:
        """Old and new row of every journey that changed."""
        add = self.facts.journeys.append
        for index, key, track, policy in self._tracks.values():
            reach(track, policy)
            was, now = track.was, journey_row(track)
            track.was = None
            if was == now:
                continue
            if was is not None and was != NO_JOURNEY:
                add((index, -1, key, was))
            add((index, 1, key, now))

    def write_nothing(self) -> None:
        """The rows stand: only that what changed is as written."""
        for _, _, _, run in self._runs:
            run.was = None
        for _, _, track, policy in self._tracks.values():
            reach(track, policy)
            track.was = None
