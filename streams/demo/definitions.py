"""Definitions: the demo campaigns, moved so that they began before its history and are not over."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from streams.codec.definition import read_definition
from streams.demo.cast import DAY_MS
from streams.domain.campaign import Campaign

FOLDER: Final = Path(__file__).parent / "campaigns"
TENANT: Final = "demo"
DAYS_LEFT: Final = 45


def demo_campaigns(now_ms: int, days: int) -> tuple[Campaign, ...]:
    """The campaigns of the folder, begun `days` before now, with `DAYS_LEFT` to go."""
    files = sorted(FOLDER.glob("*.yaml"))
    return tuple(_moved(read_definition(file.read_bytes()), now_ms, days) for file in files)


def _moved(campaign: Campaign, now_ms: int, days: int) -> Campaign:
    today_ms = now_ms // DAY_MS * DAY_MS
    goal = msgspec.structs.replace(campaign.goal, deadline=today_ms + DAYS_LEFT * DAY_MS)
    return msgspec.structs.replace(campaign, goal=goal, started_at=today_ms - days * DAY_MS)
