"""Rejections: what was refused before the log; the bytes are the value, the rest headers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from streams.codec.batch import Batch, Letter, Record
from streams.codec.refusal import DETAIL_MAX_CHARS
from streams.domain.interaction import MAX_AT_MS
from streams.domain.outcome import DeadLetter, FailureReason

NOTHING_TOLD: Final[Mapping[str, str]] = {}
_REASONS: Final = {reason.value: reason for reason in FailureReason}


_told: Final = msgspec.json.Decoder(dict[str, str])


def encode_rejection(
    letter: Letter, told: Mapping[str, str] = NOTHING_TOLD
) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Value and headers of the record; `letter.offset` is not in them.

    `told`: what a request said of the interaction beside its bytes, so that it can be read again.
    """
    headers = [
        ("tenant", letter.tenant.encode()),
        ("source", letter.source.encode()),
        ("reason", letter.dead.reason.value.encode()),
        ("detail", letter.dead.detail[:DETAIL_MAX_CHARS].encode("utf-8", "replace")),
        ("received_at", b"%d" % letter.received_at),
    ]
    if told:
        headers.append(("told", msgspec.json.encode(told)))
    return letter.dead.original, headers


def told_beside(headers: Iterable[tuple[str, bytes | None]]) -> Mapping[str, str]:
    """What the request said beside its bytes; nothing where that cannot be read."""
    written = dict(headers).get("told")
    try:
        return _told.decode(written) if written else NOTHING_TOLD
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return NOTHING_TOLD


def decode_rejections(records: Sequence[Record]) -> Batch:
    """A batch of dead letters; a header that cannot be read becomes its default."""
    return Batch([], [], [], [], [], [_letter(record) for record in records])


def _letter(record: Record) -> Letter:
    headers = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers}
    reason = _REASONS.get(headers.get("reason", ""), FailureReason.UNREADABLE_LINE)
    return Letter(
        tenant=headers.get("tenant", ""),
        received_at=_time(headers.get("received_at", "")) or record.timestamp,
        source=headers.get("source", ""),
        offset=record.offset,
        dead=DeadLetter(reason, headers.get("detail", ""), record.value or b""),
    )


def _time(text: str) -> int:
    """Milliseconds; 0 for what is no time, or none that the tables can hold."""
    found = int(text) if text.isdecimal() and len(text) <= len(str(MAX_AT_MS)) else 0
    return found if found <= MAX_AT_MS else 0
