"""Outcomes: what became of one record; bad data is one of these values, never an exception."""

from __future__ import annotations

import enum
from typing import NamedTuple

import msgspec

from streams.domain.interaction import Interaction


class FailureReason(enum.StrEnum):
    """Why bytes are not an interaction."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    BAD_ENCODING = "bad_encoding"
    BAD_JSON = "bad_json"
    BAD_FIELD = "bad_field"
    BAD_KEY = "bad_key"
    UNKNOWN_KEY = "unknown_key"
    UNREADABLE_LINE = "unreadable_line"


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """The record is this interaction; a Struct, since a named tuple costs 0.16 us more to make."""

    interaction: Interaction


class DeadLetter(NamedTuple):
    """The record is kept as it came, with what was expected and found."""

    reason: FailureReason
    detail: str
    original: bytes


Outcome = Accepted | DeadLetter
