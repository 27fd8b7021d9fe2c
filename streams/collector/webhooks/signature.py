"""Standard Webhooks signature: HMAC-SHA256 over `id.timestamp.body`, base64, `v1,`."""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Final, NamedTuple

from streams.collector.keys import WEBHOOK_MARK

TOLERANCE_S: Final = 300
SIGNATURES_MAX: Final = 20
NOBODY: Final = WEBHOOK_MARK + b64encode(bytes(32)).decode()  # an unknown tenant costs as much


class Signed(NamedTuple):
    """The three headers of a delivery."""

    id: str
    timestamp: str
    signature: str


def sign(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """The signature of a body: `v1,` and base64."""
    content = b"%b.%d.%b" % (id.encode(), timestamp, body)
    digest = hmac.new(_key(secret), content, hashlib.sha256).digest()
    return "v1," + b64encode(digest).decode()


def mistrusted(signed: Signed, body: bytes, secrets: Sequence[str], now_ms: int) -> str | None:
    """Why a delivery is not to be trusted; None when one of the secrets signed it just now.

    Every signature is compared with every secret, in constant time, whatever the others say.
    """
    missing = [name for name, value in zip(_HEADERS, signed, strict=True) if not value]
    if missing:
        return f"expected the header {missing[0]}, found none"
    if not (signed.timestamp.isdecimal() and signed.timestamp.isascii()):
        return f"webhook-timestamp: expected seconds since 1970, found {signed.timestamp[:40]!a}"
    age_s = now_ms / 1000 - int(signed.timestamp[:16])
    if abs(age_s) > TOLERANCE_S:
        return f"webhook-timestamp: expected within {TOLERANCE_S} s of now, found {age_s:.0f} s ago"
    candidates = [each.encode() for each in signed.signature.split(" ")[:SIGNATURES_MAX]]
    expected = [
        sign(secret, signed.id, int(signed.timestamp), body).encode()
        for secret in secrets or (NOBODY,)
    ]
    matches = [hmac.compare_digest(own, each) for own in expected for each in candidates]
    if any(matches) and secrets:
        return None
    return "webhook-signature: expected one made with this tenant's secret, found none"


_HEADERS: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")


def _key(secret: str) -> bytes:
    """The secret's bytes; one that is no base64 is taken as it is."""
    text = secret.removeprefix(WEBHOOK_MARK)
    try:
        return b64decode(text, validate=True)
    except binascii.Error:
        return text.encode()
