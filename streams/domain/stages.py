"""Stages: which kind is which stage where nobody says; a campaign's stage map may say otherwise.

An e-mail's opening is no kind here: proxies open everything. A like is never talk, and a form half
filled is no act.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from streams.domain.interaction import Stage

_KINDS: Final = {
    Stage.SEND: ("mail", "post", "text", "ad"),
    Stage.VISIT: ("page_view", "link_click", "link_in_bio", "qr_scan"),
    Stage.TALK: (
        "comment",
        "reply",
        "mention",
        "share",
        "forward",
        "chat_message",
        "review",
        "question",
    ),
    Stage.ACT: (
        "signature",
        "donation",
        "purchase",
        "registration",
        "attendance",
        "call",
        "hours",
    ),
    Stage.PASSIVE: ("like", "follow", "favourite", "video_watched"),
    Stage.PUSHBACK: (
        "unsubscribe",
        "complaint",
        "block",
        "stop",
        "negative_reply",
        "refund",
        "chargeback",
    ),
}

DEFAULT_STAGES: Final[Mapping[str, Stage]] = MappingProxyType(
    {kind: stage for stage, kinds in _KINDS.items() for kind in kinds}
)
