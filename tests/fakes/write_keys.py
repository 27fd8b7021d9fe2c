"""Write keys: a ring of keys, and the keys that open it."""

from pathlib import Path
from typing import NamedTuple

from streams.collector.keyring import KeyRing


class WriteKeys(NamedTuple):
    """One tenant's public and secret key, in a file of their own."""

    ring: KeyRing
    public: str
    secret: str
    file: Path
