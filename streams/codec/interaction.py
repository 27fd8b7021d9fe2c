"""Interaction codec: bytes of the log to an outcome and back; any bytes give an outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from streams.codec.refusal import excerpt, explain
from streams.codec.strings import KnownNames, nul_found
from streams.domain.interaction import Interaction, record_key
from streams.domain.outcome import Accepted, DeadLetter, FailureReason, Outcome

MAX_RECORD_BYTES: Final = 65_536
BACKSLASH: Final = 0x5C  # as a number: bytes search for one three times faster

NAMES: Final = KnownNames()
_decoder: Final = msgspec.json.Decoder(Interaction)
_encoder: Final = msgspec.json.Encoder()


def encode(interaction: Interaction, extra: Mapping[str, Any] | None = None) -> bytes:
    """The record's value; `extra` are a sender's unknown fields, whose names must be unknown."""
    if not extra:
        return _encoder.encode(interaction)
    return _encoder.encode({**extra, **msgspec.to_builtins(interaction)})


def decode(key: bytes | None, value: bytes | None) -> Outcome:
    """What one record is: an interaction, or a dead letter that says what was expected.

    The worker's hot path: a plain record passes at once, anything unusual is looked at with care.
    """
    if not value or len(value) > MAX_RECORD_BYTES:
        return _wrong_size(value or b"")
    try:
        interaction = _decoder.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return refuse(value, error)
    known = NAMES.known
    if (
        interaction.kind in known
        and interaction.source in known
        and interaction.tenant in known
        and value.isascii()
        and BACKSLASH not in value
        and key == f"{interaction.tenant}/{interaction.visitor}".encode()
    ):
        return Accepted(interaction)
    return _with_care(key, value, interaction)


def refuse(value: bytes, error: Exception, struct: type = Interaction) -> DeadLetter:
    """The dead letter for bytes whose decoding as `struct` raised this error."""
    if isinstance(error, msgspec.ValidationError):
        return DeadLetter(FailureReason.BAD_FIELD, explain(error, value, struct), value)
    if isinstance(error, UnicodeDecodeError):
        detail = f"expected UTF-8, found byte 0x{error.object[error.start]:02x} ({error.reason})"
        return DeadLetter(FailureReason.BAD_ENCODING, detail, value)
    if isinstance(error, RecursionError):
        detail = "expected a flat JSON object, found one nested too deep to read"
        return DeadLetter(FailureReason.BAD_JSON, detail, value)
    try:
        str(value, "utf-8")
    except UnicodeDecodeError as undecodable:
        return refuse(value, undecodable)
    detail = f"expected a JSON object, found {excerpt(value)}: {error}"
    return DeadLetter(FailureReason.BAD_JSON, detail, value)


def _with_care(key: bytes | None, value: bytes, interaction: Interaction) -> Outcome:
    """Every check again, one by one: encoding of unknown fields, NUL, names, record key."""
    try:
        str(value, "utf-8")
    except UnicodeDecodeError as error:
        return refuse(value, error)
    if misfit := nul_found(value) or NAMES.misnamed(interaction):
        return DeadLetter(FailureReason.BAD_FIELD, misfit, value)
    expected = record_key(interaction.tenant, interaction.visitor)
    if key != expected:
        found = "none" if key is None else excerpt(key)
        detail = f"key: expected {expected.decode()}, found {found}"
        return DeadLetter(FailureReason.BAD_KEY, detail, value)
    return Accepted(interaction)


def _wrong_size(value: bytes) -> DeadLetter:
    if not value:
        return DeadLetter(FailureReason.EMPTY, "expected a JSON object, found nothing", value)
    detail = f"expected at most {MAX_RECORD_BYTES} bytes, found {len(value)}"
    return DeadLetter(FailureReason.TOO_LARGE, detail, value)
