"""Keys: a write key is the only thing that says whose interactions these are.

The file holds hashes of write keys and, since a signature needs them, webhook secrets as they are;
it is readable by its owner alone, and replaced whole, so that a reader never sees half of it.
"""

from __future__ import annotations

import enum
import fcntl
import hashlib
import os
import re
import secrets
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from streams.domain.interaction import NAME_PATTERN, Name

PUBLIC_MARK: Final = "pk_"
SECRET_MARK: Final = "sk_"
WEBHOOK_MARK: Final = "whsec_"
SHOWN_CHARS: Final = 8

_NAME: Final = re.compile(NAME_PATTERN)
_Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Kind(enum.StrEnum):
    """A public key may stand in a page; a secret one belongs on a server."""

    PUBLIC = "public"
    SECRET = "secret"


class WriteKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One write key at rest; `shown` are its first characters, to tell it from others."""

    tenant: Name
    kind: Kind
    shown: str
    sha256: _Digest


class WebhookSecret(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tenant's webhook secret and the one before it, which still counts."""

    tenant: Name
    current: str
    previous: str = ""


class Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    keys: tuple[WriteKey, ...] = ()
    webhooks: tuple[WebhookSecret, ...] = ()


class KeysError(ValueError):
    """The keys file is not what it should be, or a tenant's name is no name."""


def read_keys(file: Path) -> Keys:
    """The file's keys; none when there is no file. Raises KeysError."""
    try:
        return msgspec.yaml.decode(file.read_bytes(), type=Keys)
    except FileNotFoundError:
        return Keys()
    except msgspec.MsgspecError as error:
        raise KeysError(f"{file}: {error}; write it with `stepthree keys`") from error


def add_key(file: Path, tenant: str, kind: Kind | str = Kind.PUBLIC) -> str:
    """Make a write key and keep its hash; the key itself is returned and never kept."""
    kind = Kind(kind)
    key = (PUBLIC_MARK if kind is Kind.PUBLIC else SECRET_MARK) + secrets.token_urlsafe(24)
    entry = WriteKey(_tenant(tenant), kind, key[:SHOWN_CHARS], digest(key))
    with _alone(file):
        keys = read_keys(file)
        _write(file, msgspec.structs.replace(keys, keys=(*keys.keys, entry)))
    return key


def rotate_webhook_secret(file: Path, tenant: str) -> str:
    """Make a webhook secret; the tenant's last one goes on counting, those before it no more."""
    secret = WEBHOOK_MARK + b64encode(secrets.token_bytes(32)).decode()
    owner = _tenant(tenant)
    with _alone(file):
        keys = read_keys(file)
        last = next((each.current for each in keys.webhooks if each.tenant == owner), "")
        others = tuple(each for each in keys.webhooks if each.tenant != owner)
        entry = WebhookSecret(owner, secret, last)
        _write(file, msgspec.structs.replace(keys, webhooks=(*others, entry)))
    return secret


def digest(key: str) -> str:
    """How a write key is kept: 192 random bits need no salt."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def _tenant(name: str) -> str:
    if not _NAME.fullmatch(name) or len(name) > 64:
        raise KeysError(
            f"tenant: expected 1 to 64 letters, digits, or _ . : - after the first, found {name!a}"
        )
    return name


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """One writer at a time, so that none undoes another's change."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(f".{file.name}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(file: Path, keys: Keys) -> None:
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".keys-")  # mode 0600
    with os.fdopen(handle, "wb") as out:
        out.write(msgspec.yaml.encode(keys))
        out.flush()
        os.fsync(out.fileno())
    Path(temporary).replace(file)
