"""Sent: one interaction as a sender writes it, to the log's record; the server has the last word.

A sender uses the names of Interaction v1. The tenant, the time of receipt and, for a public key,
the source are the server's; what a sender says of them is dropped. Fields that are not ours stay.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from streams.codec.interaction import BACKSLASH, NAMES, decode, refuse
from streams.codec.moments import EXPECTED_MOMENT, MOMENT_FIELDS, moment_ms
from streams.codec.refusal import excerpt
from streams.codec.shape import misshapen
from streams.codec.strings import nul_found
from streams.domain.interaction import NO_CHANNEL, Channel, Interaction, record_key
from streams.domain.outcome import DeadLetter, FailureReason
from streams.domain.stages import DEFAULT_STAGES

MAX_EVENT_BYTES: Final = 32_768
SERVER_FIELDS: Final = frozenset({"tenant", "received_at"})
FILLED_IN: Final = frozenset({"event_id", "stage", "occurred_at", "source"})
FIELDS: Final = frozenset(Interaction.__struct_fields__)


class Desk(NamedTuple):
    """What the server knows before it reads; `received_at` in ms.

    At a public desk nobody is believed about the source.
    """

    tenant: str
    source: str
    is_public: bool
    received_at: int


class Written(NamedTuple):
    """A record ready for the topic `interactions`."""

    key: bytes
    value: bytes


class Reader:
    """Reads the interactions of one request; `new_id` names what nothing tells apart."""

    def __init__(self, desk: Desk, new_id: Callable[[], str]) -> None:
        self._desk = desk
        self._new_id = new_id
        self._lead = b'{"tenant":"%b","received_at":%d,' % (
            desk.tenant.encode(),
            desk.received_at,
        )

    def read(self, raw: bytes) -> Written | DeadLetter:
        """One interaction from the bytes of one JSON value, without space around it.

        Most senders write the plain form: then the record is their own bytes with the server's
        fields put in front, which costs half of writing it anew.
        """
        if len(raw) > MAX_EVENT_BYTES:
            detail = f"expected an event of at most {MAX_EVENT_BYTES} bytes, found {len(raw)}"
            return DeadLetter(FailureReason.TOO_LARGE, detail, raw)
        try:
            sent = _plain.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return _with_care(raw, self._desk, self._new_id)
        if sent.kind not in NAMES.known or (BACKSLASH in raw and b"\\u0000" in raw):
            return _with_care(raw, self._desk, self._new_id)
        filled = self._filled_in(sent, raw)
        if filled is None:
            return _with_care(raw, self._desk, self._new_id)
        key = f"{self._desk.tenant}/{sent.visitor}".encode()
        return Written(key, self._lead + filled + raw[1:])

    def _filled_in(self, sent: Any, raw: bytes) -> bytes | None:
        """What the sender left out, as JSON fields; None when leaving out is not the matter."""
        filled = b""
        if sent.event_id is UNSET:
            tells_apart = sent.occurred_at is not UNSET or sent.sequence is not None
            event_id = content_id(raw) if tells_apart else self._new_id()
            filled += b'"event_id":"%b",' % event_id.encode()
        if sent.occurred_at is UNSET:
            filled += b'"occurred_at":%d,' % self._desk.received_at
        if sent.source is UNSET:
            filled += b'"source":"%b",' % self._desk.source.encode()
        elif self._desk.is_public or sent.source not in NAMES.known:
            return None
        if sent.stage is UNSET:
            stage = DEFAULT_STAGES.get(sent.kind)
            return None if stage is None else filled + b'"stage":"%b",' % stage.encode()
        return filled


def write(fields: dict[str, Any], desk: Desk, raw: bytes) -> Written | DeadLetter:
    """A record from decoded fields; the server's are set here. `raw` is what a refusal keeps."""
    for name in MOMENT_FIELDS:
        if isinstance(text := fields.get(name), str):
            moment = moment_ms(text)
            if moment is None:
                detail = f"{name}: expected {EXPECTED_MOMENT}, found {excerpt(text)}"
                return DeadLetter(FailureReason.BAD_FIELD, detail, raw)
            fields[name] = moment
    if stage := DEFAULT_STAGES.get(str(fields.get("kind"))):
        fields.setdefault("stage", stage)
    fields.setdefault("occurred_at", desk.received_at)
    fields |= {"tenant": desk.tenant, "received_at": desk.received_at}
    value = _encoder.encode(fields)
    key = record_key(desk.tenant, str(fields.get("visitor")))
    outcome = decode(key, value)
    return (
        outcome._replace(original=raw) if isinstance(outcome, DeadLetter) else Written(key, value)
    )


def id_without_one(told: Container[str], content: bytes, new_id: Callable[[], str]) -> str:
    """An event id for what came without one; `told` are the fields that the sender gave.

    With a time or a sequence the same bytes are the same interaction; without, the same words
    said again are another one.
    """
    return content_id(content) if "occurred_at" in told or "sequence" in told else new_id()


def content_id(content: bytes) -> str:
    """The event id of these bytes: 32 hexadecimal digits."""
    return blake2b(content, digest_size=16).hexdigest()


def _with_care(raw: bytes, desk: Desk, new_id: Callable[[], str]) -> Written | DeadLetter:
    """Decode, check what the types do not say, fill in, and write anew."""
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return refuse(raw, error)
    if not isinstance(found, dict):
        detail = f"expected an object, found {excerpt(found)}"
        return DeadLetter(FailureReason.BAD_FIELD, detail, raw)
    if misfit := misshapen(raw, found) or nul_found(raw, found):
        return DeadLetter(FailureReason.BAD_FIELD, misfit, raw)
    fields = {
        name: value for name, value in found.items() if value is not None or name not in FIELDS
    }
    if "event_id" not in fields:
        fields["event_id"] = id_without_one(fields, raw, new_id)
    if desk.is_public or "source" not in fields:
        fields["source"] = desk.source
    return write(fields, desk, raw)


def _plain_form() -> type[msgspec.Struct]:
    """Interaction's own fields and types, nothing unknown; the server fills in what is unset."""
    channel = msgspec.defstruct(
        "SentChannel",
        [(field.name, field.type, "") for field in msgspec.structs.fields(Channel)],
        forbid_unknown_fields=True,
        gc=False,
    )
    fields: list[Any] = []
    for field in msgspec.structs.fields(Interaction):
        if field.name in FILLED_IN:
            fields.append((field.name, field.type | UnsetType, UNSET))
        elif field.name == "channel":
            fields.append((field.name, channel, NO_CHANNEL))
        elif field.default_factory is not msgspec.NODEFAULT:
            default = msgspec.field(default_factory=field.default_factory)
            fields.append((field.name, field.type, default))
        elif field.name not in SERVER_FIELDS:
            fields.append((field.name, field.type, field.default)[: 2 if field.required else 3])
    return msgspec.defstruct("Sent", fields, forbid_unknown_fields=True, kw_only=True, gc=False)


_plain: Final = msgspec.json.Decoder[Any](_plain_form())
_encoder: Final = msgspec.json.Encoder()
