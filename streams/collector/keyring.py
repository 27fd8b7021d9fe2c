"""Key ring: the keys in force, read again when their file changes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from streams.collector.keys import Keys, KeysError, Kind, WebhookSecret, digest, read_keys

LOOK_EVERY_S: Final = 1.0
REMEMBERED_KEYS_MAX: Final = 10_000

_log: Final = logging.getLogger(__name__)


class Holder(NamedTuple):
    """Who holds a write key."""

    tenant: str
    is_public: bool


class KeyRing:
    """Looks keys up by their hash; a presented key that was right is remembered, bounded.

    The file is looked at once a second. One that cannot be read leaves the last keys in force.
    """

    def __init__(self, file: Path, monotonic_s: Callable[[], float]) -> None:
        self._file = file
        self._monotonic_s = monotonic_s
        self._stamp: tuple[int, int] | None = None
        self._look_at_s = 0.0
        self._load(Keys())
        self._refresh()

    def holder(self, key: str) -> Holder | None:
        """Who holds this write key; None when nobody does."""
        if self._monotonic_s() >= self._look_at_s:
            self._refresh()
        known = self._remembered.get(key)
        return known or self._look_up(key)

    def webhook_secrets(self, tenant: str) -> tuple[str, ...]:
        """The tenant's webhook secrets, the current one first."""
        if self._monotonic_s() >= self._look_at_s:
            self._refresh()
        found = self._webhooks.get(tenant)
        if found is None:
            return ()
        return (found.current, found.previous) if found.previous else (found.current,)

    def _look_up(self, key: str) -> Holder | None:
        holder = self._by_digest.get(digest(key))
        if holder:
            if len(self._remembered) >= REMEMBERED_KEYS_MAX:
                self._remembered.clear()
            self._remembered[key] = holder
        return holder

    def _refresh(self) -> None:
        self._look_at_s = self._monotonic_s() + LOOK_EVERY_S
        stamp = _stamp(self._file)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._load(read_keys(self._file))
        except (KeysError, OSError) as error:
            _log.error("keys unreadable, the last ones stay in force: %s", error)

    def _load(self, keys: Keys) -> None:
        self._remembered: dict[str, Holder] = {}
        self._by_digest = {
            each.sha256: Holder(each.tenant, each.kind is Kind.PUBLIC) for each in keys.keys
        }
        self._webhooks: dict[str, WebhookSecret] = {each.tenant: each for each in keys.webhooks}


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
