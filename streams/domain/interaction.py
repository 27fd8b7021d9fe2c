"""Interaction: one fact about one visitor, the only thing that enters the log."""

from __future__ import annotations

import enum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

MAX_AT_MS: Final = 4_102_444_800_000  # 2100-01-01: later is a broken clock, not a plan

Id = Annotated[str, Meta(min_length=1, max_length=64)]
NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_.:\-]*$"
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=NAME_PATTERN)]
# a Name whose pattern the codec checks: three regex matches cost more than all the decoding
BareName = Annotated[str, Meta(min_length=1, max_length=64)]
Text = Annotated[str, Meta(max_length=256)]
Address = Annotated[str, Meta(max_length=2048)]
AtMs = Annotated[int, Meta(ge=1, le=MAX_AT_MS)]  # 0 is how facts say "not reached"
Money = Annotated[int, Meta(ge=-(10**15), le=10**15)]
Scalar = str | int | float | bool | None


class Word(enum.StrEnum):
    """A closed set of words; hashed in C as the string it is: one is looked up per event."""

    __hash__ = str.__hash__


class Stage(Word):
    """What an interaction is worth; which kind is which stage is the campaign's stage map."""

    VISIT = "visit"
    TALK = "talk"
    ACT = "act"
    PASSIVE = "passive"
    PUSHBACK = "pushback"
    SEND = "send"


class Proof(Word):
    """Who vouches for an act."""

    NONE = ""
    SELF = "self"
    STAFF = "staff"
    SCANNED = "scanned"
    PROVIDER = "provider"


class Consent(Word):
    """What the person allowed when the interaction happened; unknown is not a yes."""

    UNKNOWN = ""
    GRANTED = "granted"
    DENIED = "denied"


class Channel(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """How the visitor came: the utm parameters and a click id, as sent."""

    source: Text = ""
    medium: Text = ""
    campaign: Text = ""
    term: Text = ""
    content: Text = ""
    click_id: Text = ""


NO_CHANNEL: Final = Channel()


class Interaction(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """Interaction v1, as it stands in the topic (`schemas/events/interaction.v1.schema.json`).

    Times are milliseconds since 1970 UTC; `value_minor` is in the currency's smallest unit.
    """

    event_id: Id
    tenant: BareName
    campaign: Annotated[str, Meta(max_length=64)] = ""
    visitor: Id
    stage: Stage
    kind: BareName
    occurred_at: AtMs
    sent_at: AtMs | None = None
    received_at: AtMs
    sequence: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    source: BareName
    channel: Channel = NO_CHANNEL
    page: Address = ""
    referrer: Address = ""
    share_token: Annotated[str, Meta(max_length=64)] = ""
    issued_token: Annotated[str, Meta(max_length=64)] = ""
    identifiers: Annotated[tuple[Id, ...], Meta(max_length=16)] = ()
    value_minor: Money = 0
    currency: Annotated[str, Meta(max_length=3, pattern=r"^([A-Z]{3})?$")] = ""
    proof: Proof = Proof.NONE
    consent: Consent = Consent.UNKNOWN
    signals: Annotated[tuple[Name, ...], Meta(max_length=16)] = ()
    properties: Annotated[dict[Id, Scalar], Meta(max_length=50)] = {}


def record_key(tenant: str, visitor: str) -> bytes:
    """The Kafka record key: one visitor of one tenant is always in one partition."""
    return f"{tenant}/{visitor}".encode()
