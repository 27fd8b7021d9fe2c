"""A keys file with one tenant's public and secret key, as every collector test needs it."""

from pathlib import Path

import pytest

from streams.collector.keyring import KeyRing
from streams.collector.keys import add_key
from tests.fakes.write_keys import WriteKeys


@pytest.fixture
def write_keys(tmp_path: Path) -> WriteKeys:
    file = tmp_path / "keys.yaml"
    public, secret = add_key(file, "acme"), add_key(file, "acme", "secret")
    return WriteKeys(KeyRing(file, lambda: 0.0), public, secret, file)
