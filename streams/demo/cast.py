"""Cast: the campaigns of the demo, where people come from, and how likely they do what.

Made-up numbers of a believable size: most people look and leave, some talk, those who talk act
more often, friends of friends most of all, and every push costs somebody.
"""

from __future__ import annotations

from typing import Final, NamedTuple

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS


class Part(NamedTuple):
    """How people behave in one campaign; chances in [0, 1], lags in days, gifts in cents."""

    campaign: str
    utm: str
    site: str
    pages: tuple[str, ...]
    act: str
    weight: float
    likes: float
    talks: float
    acts_after_talk: float
    acts_silently: float
    pushes_back: float
    lag_days: float
    gift: tuple[int, ...] = ()
    acts_offline: float = 0.0


class Source(NamedTuple):
    """A way to a campaign; `warmth` multiplies the chances to talk and to act."""

    name: str
    medium: str
    referrer: str
    weight: float
    warmth: float


PARTS: Final = (
    Part(
        campaign="clean-river",
        utm="clean-river-mail",
        site="https://clean-river.example",
        pages=("/", "/facts", "/map", "/sign", "/stories/heron"),
        act="signature",
        weight=0.55,
        likes=0.30,
        talks=0.16,
        acts_after_talk=0.42,
        acts_silently=0.05,
        pushes_back=0.012,
        lag_days=2.0,
    ),
    Part(
        campaign="winter-shelter",
        utm="winter-shelter",
        site="https://shelter.example",
        pages=("/", "/beds", "/give", "/volunteers"),
        act="donation",
        weight=0.28,
        likes=0.18,
        talks=0.12,
        acts_after_talk=0.30,
        acts_silently=0.03,
        pushes_back=0.02,
        lag_days=4.5,
        gift=(500, 1000, 2000, 2500, 5000, 10_000, 25_000),
    ),
    Part(
        campaign="bike-lanes",
        utm="lanes",
        site="https://lanes.example",
        pages=("/", "/routes", "/meeting", "/minutes"),
        act="attendance",
        weight=0.17,
        likes=0.12,
        talks=0.22,
        acts_after_talk=0.24,
        acts_silently=0.01,
        pushes_back=0.006,
        lag_days=7.0,
        acts_offline=0.7,
    ),
)
NEWSLETTER: Final = Source("newsletter", "email", "", 0.24, 1.0)
FRIEND: Final = Source("friend", "referral", "", 0.16, 2.6)
SOURCES: Final = (
    NEWSLETTER,
    FRIEND,
    Source("instagram", "social", "https://l.instagram.example/", 0.20, 0.6),
    Source("mastodon", "social", "https://mastodon.example/@river", 0.10, 1.3),
    Source("", "", "https://www.search.example/", 0.16, 0.8),
    Source("", "", "", 0.14, 1.1),
)
TALKS: Final = ("comment", "comment", "share", "share", "chat_message", "reply", "pledge")
OPENED: Final = 0.35  # of the mails sent, by a click
ELSEWHERE: Final = 0.04  # of the people, known only by talk and act: the rest happened unseen
AT_ONCE: Final = 0.30  # of the acts after a talk, within minutes

# how busy each hour of the day is, and each day of the week from Thursday (1970-01-01 was one) on
HOURS: Final = (
    4, 2, 1, 1, 1, 3, 10, 22, 30, 34, 36, 42, 50, 46, 38, 36, 38, 44, 56, 72, 86, 78, 46, 18,
)  # fmt: skip
WEEKDAYS: Final = (1.0, 0.9, 0.75, 0.95, 0.9, 1.0, 1.0)
BUSIEST: Final = float(max(HOURS))


def busyness(at_ms: int) -> float:
    """How busy this moment is, in [0, 1]; the same week after week."""
    hour = HOURS[at_ms % DAY_MS // HOUR_MS]
    return hour / BUSIEST * WEEKDAYS[at_ms // DAY_MS % 7]
