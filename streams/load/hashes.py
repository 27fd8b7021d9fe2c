"""Hashes: stable 128-bit names for lines and visitors, keyed with the installation's secret.

The same content has the same name in every run on every machine, so a second load adds nothing.
With a secret, nobody can find the address behind a name by trying all addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Final

HASH_BYTES: Final = 16
KEY_BYTES: Final = 64  # blake2b takes no longer key

NameLine = Callable[[bytes], str]
NameParts = Callable[[Sequence[str]], str]


def line_namer(tenant: str, map_name: str, secret: str) -> NameLine:
    """Event ids: one per content of a line, tenant and map; 32 hex digits."""
    seed = _seed(secret, b"line", tenant, map_name)

    def name(line: bytes) -> str:
        state = seed.copy()
        state.update(line)
        return state.hexdigest()

    return name


def parts_namer(tenant: str, secret: str) -> NameParts:
    """Visitors and identifiers from several columns, whatever map they come by; 32 hex digits."""
    seed = _seed(secret, b"parts", tenant)

    def name(parts: Sequence[str]) -> str:
        state = seed.copy()
        state.update("\0".join(parts).encode())
        return state.hexdigest()

    return name


def _seed(secret: str, purpose: bytes, *names: str) -> blake2b:
    key = blake2b(secret.encode(), digest_size=KEY_BYTES).digest() if secret else b""
    seed = blake2b(key=key, digest_size=HASH_BYTES, person=purpose)
    for name in names:
        seed.update(name.encode() + b"\0")
    return seed
