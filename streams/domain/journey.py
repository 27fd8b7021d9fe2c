"""Journeys: how far one visitor came in one campaign, visit then talk then act.

The entry is the visit that reaches furthest, the earliest of equals; the talk is the first one in
the entry's talk window that an act follows in its act window, else the first in the window.
Windows are inclusive, equal times count as in order, one interaction fills one step.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from streams.domain.campaign import Policy
from streams.domain.visitor import JourneyRow, Track

VISIT, TALK, ACT, PASSIVE, PUSHBACK, SEND = range(1, 7)  # as in ClickHouse's Enum8
NO_JOURNEY: Final[JourneyRow] = (0,) * 15
VALUE_MAX: Final = 2**63 - 1  # what the table holds: a value beyond it would be refused for ever


def append_visit(track: Track, at_ms: int, policy: Policy, most: int) -> bool:
    """Take a further visit, later than all that a row is made of; False when it may change the row.

    Nine of ten touches are further visits: for them no row is compared and none is written.
    """
    visits = track.visits
    if not visits or at_ms < visits[-1] or at_ms <= track.origin_at:
        return False
    if track.talks and (at_ms <= track.talks[-1] or _is_reached_otherwise(track, policy)):
        return False
    if len(visits) < most:
        track.visits = (*visits, at_ms)
        return True
    return track.capped


def _is_reached_otherwise(track: Track, policy: Policy) -> bool:
    """Whether other windows are in force than at the last touch that made a row."""
    return (
        track.talk_window_ms != policy.talk_window_ms or track.act_window_ms != policy.act_window_ms
    )


def journey_row(track: Track) -> JourneyRow:
    """The row that says all of a track."""
    first_talk = track.talks[0] if track.talks else 0
    return (
        track.visit_at,
        track.talk_at,
        track.act_at,
        track.visits[0] if track.visits else 0,
        first_talk,
        track.acts[0] if track.acts else 0,
        track.first_passive_at,
        track.pushbacks[0] if track.pushbacks else 0,
        _first_from(track.acts, first_talk) if track.acts and first_talk else 0,
        _first_from(track.pushbacks, first_talk) if track.pushbacks and first_talk else 0,
        track.act_count,
        track.pushback_count,
        track.value_minor,
        track.origin_key,
        int(track.capped),
    )


def add_touch(track: Track, stage: int, at_ms: int, value_minor: int, most: int) -> None:
    """Put a touch into its place; beyond `most` of a stage the latest ones are forgotten."""
    if track.was is None:
        track.was = journey_row(track) if track.origin_at else NO_JOURNEY
    if stage == VISIT:
        track.visits = _insert(track, track.visits, at_ms, most)
    elif stage == TALK:
        track.talks = _insert(track, track.talks, at_ms, most)
    elif stage == ACT:
        track.acts = _insert(track, track.acts, at_ms, most)
        track.act_count += 1
        track.value_minor = max(-VALUE_MAX, min(VALUE_MAX, track.value_minor + value_minor))
    elif stage == PASSIVE:
        if not track.first_passive_at or at_ms < track.first_passive_at:
            track.first_passive_at = at_ms
    else:
        track.pushbacks = _insert(track, track.pushbacks, at_ms, most)
        track.pushback_count += 1


def add_origin(track: Track, at_ms: int, origin_key: int) -> None:
    """The origin of the first touch, the smaller key of two at one time."""
    if not track.origin_at or (at_ms, origin_key) < (track.origin_at, track.origin_key):
        track.origin_at, track.origin_key = at_ms, origin_key


def _insert(track: Track, touches: tuple[int, ...], at_ms: int, most: int) -> tuple[int, ...]:
    if not touches or at_ms >= touches[-1]:
        touches = (*touches, at_ms)
    else:
        place = bisect_left(touches, at_ms)
        touches = (*touches[:place], at_ms, *touches[place:])
    if len(touches) > most:
        track.capped = True
        return touches[:most]
    return touches


def reach(track: Track, policy: Policy) -> None:
    """Set the track's furthest ordered steps anew."""
    visits, talks, acts = track.visits, track.talks, track.acts
    track.visit_at, track.talk_at, track.act_at = visits[0] if visits else 0, 0, 0
    if not talks or not visits:
        return
    within_ms = policy.act_window_ms
    led = [t for t in talks if (act := _first_from(acts, t)) and act - t <= within_ms]
    for reached in (led, talks):
        for visit_at in visits if reached else ():
            talk_at = _first_from(reached, visit_at)
            if talk_at and talk_at - visit_at <= policy.talk_window_ms:
                act_at = _first_from(acts, talk_at) if reached is led else 0
                track.visit_at, track.talk_at, track.act_at = visit_at, talk_at, act_at
                return


def _first_from(times: Sequence[int], at_ms: int) -> int:
    """The first time at or after `at_ms`; 0 when there is none."""
    place = bisect_left(times, at_ms)
    return times[place] if place < len(times) else 0
