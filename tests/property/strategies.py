"""Strategies: streams of interactions, dense enough that sessions and journeys meet."""

from __future__ import annotations

from hypothesis import strategies as st

from streams.domain.campaign import Campaign
from streams.domain.interaction import Interaction
from tests.builders import DAY, HOUR, MINUTE, T0, campaign, interaction

STAGES = ("visit", "visit", "visit", "talk", "talk", "act", "passive", "pushback", "send")
STEPS = (
    0,
    1,
    MINUTE,
    29 * MINUTE,
    30 * MINUTE,
    31 * MINUTE,
    HOUR,
    DAY,
    29 * DAY,
    30 * DAY,
    31 * DAY,
)
HOURS = tuple(T0 + number * HOUR for number in range(4))


@st.composite
def moments(draw: st.DrawFn) -> int:
    """Times whose distances lie at and beside the gap and the windows."""
    steps = draw(st.lists(st.sampled_from(STEPS), max_size=4))
    return T0 + sum(steps)


@st.composite
def interactions(draw: st.DrawFn, number: int) -> Interaction:
    """One of few visitors in one of few campaigns; imports, so that any time is believed."""
    at = draw(moments())
    return interaction(
        f"e{number}",
        draw(st.sampled_from(STAGES)),
        visitor=draw(st.sampled_from(("v", "w"))),
        campaign=draw(st.sampled_from(("c", "c", "d", ""))),
        source=draw(st.sampled_from(("load", "load:map"))),
        page=draw(st.sampled_from(("https://example.org/", "https://example.org/", ""))),
        channel={"source": draw(st.sampled_from(("mail", "search")))},
        occurred_at=at,
        received_at=T0 + 200 * DAY,
    )


@st.composite
def streams(draw: st.DrawFn, most: int = 24) -> list[Interaction]:
    """Interactions with ids of their own, in any order of time."""
    count = draw(st.integers(0, most))
    return [draw(interactions(number)) for number in range(count)]


@st.composite
def dirty_streams(draw: st.DrawFn, most: int = 24) -> list[Interaction]:
    """As `streams`, with repeated ids, skewed devices and times that are not believed."""
    found = []
    for number in range(draw(st.integers(0, most))):
        received = T0 + draw(st.integers(0, 3)) * HOUR
        late = draw(st.sampled_from((0, 1, 4, 5, 9, 11, 21, 60 * 24 * 8, 60 * 24 * 400, -4, -6)))
        skew = draw(st.sampled_from((None, 0, 4, 5, 14, 15, 25, -30)))
        found.append(
            interaction(
                f"e{draw(st.integers(0, number))}",
                draw(st.sampled_from(STAGES)),
                visitor=draw(st.sampled_from(("v", "w"))),
                source=draw(st.sampled_from(("web", "pixel", "server", "load"))),
                page=draw(st.sampled_from(("https://example.org/", ""))),
                occurred_at=received - late * MINUTE,
                sent_at=None if skew is None else received - skew * MINUTE,
                received_at=received,
            )
        )
    return found


@st.composite
def definitions(draw: st.DrawFn) -> Campaign:
    """A version of c or d; windows are those of the campaign, whatever its version."""
    name = draw(st.sampled_from(("c", "d")))
    windows = {"c": {"talk_days": 1, "act_days": 2}, "d": {}}[name]
    return campaign(
        campaign=name,
        effective_from=draw(st.sampled_from((1, *HOURS))),
        windows=windows,
        sessions=draw(st.sampled_from(("shared", "per-campaign"))),
        gap_minutes=20,
        currency=draw(st.sampled_from(("", "EUR"))),
        stages=draw(
            st.dictionaries(
                st.sampled_from(("like", "pledge")), st.sampled_from(("visit", "talk", "act"))
            )
        ),
        utm_campaigns=draw(st.lists(st.sampled_from(("u", "w")), max_size=2)),
    )
