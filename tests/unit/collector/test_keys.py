"""Keys: made once, kept as hashes, read again when the file changes."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.collector.keyring import LOOK_EVERY_S, Holder, KeyRing
from streams.collector.keys import (
    Keys,
    KeysError,
    add_key,
    digest,
    read_keys,
    rotate_webhook_secret,
)
from streams.commands.keys import command


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "keys.yaml"


def test_without_a_file_there_are_no_keys(file: Path) -> None:
    assert read_keys(file) == Keys()
    assert KeyRing(file, Clock()).holder("pk_anything") is None


def test_a_key_opens_its_tenant_and_nothing_else_does(file: Path) -> None:
    public, secret = add_key(file, "acme"), add_key(file, "other", "secret")
    ring = KeyRing(file, Clock())

    assert ring.holder(public) == Holder("acme", True)
    assert ring.holder(secret) == Holder("other", False)
    assert [ring.holder(wrong) for wrong in ("", public[:-1], public + "x", digest(public))] == [
        None
    ] * 4


def test_a_write_key_is_kept_as_a_hash(file: Path) -> None:
    key = add_key(file, "acme", "secret")

    assert key not in file.read_text()
    assert digest(key) in file.read_text()


def test_only_the_owner_may_read_the_file(file: Path) -> None:
    add_key(file, "acme")
    rotate_webhook_secret(file, "acme")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {each.name for each in file.parent.iterdir()} == {"keys.yaml", ".keys.yaml.lock"}


def test_keys_made_at_once_are_all_kept(file: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: add_key(file, f"t{number}"), range(24)))

    ring = KeyRing(file, Clock())
    assert [ring.holder(key) for key in made] == [Holder(f"t{n}", True) for n in range(24)]


def test_rotating_keeps_the_last_webhook_secret_and_forgets_the_one_before(file: Path) -> None:
    first, second, third = (rotate_webhook_secret(file, "acme") for _ in range(3))
    rotate_webhook_secret(file, "other")

    assert KeyRing(file, Clock()).webhook_secrets("acme") == (third, second)
    assert first not in file.read_text()


def test_an_unknown_tenant_has_no_webhook_secrets(file: Path) -> None:
    assert KeyRing(file, Clock()).webhook_secrets("nobody") == ()


def test_a_new_key_counts_once_the_file_is_looked_at_again(file: Path) -> None:
    clock = Clock()
    ring = KeyRing(file, clock)
    key = add_key(file, "acme")

    assert ring.holder(key) is None
    clock.now_s = LOOK_EVERY_S
    assert ring.holder(key) == Holder("acme", True)


def test_a_removed_key_stops_counting(file: Path) -> None:
    clock = Clock()
    key = add_key(file, "acme")
    ring = KeyRing(file, clock)
    assert ring.holder(key) is not None

    file.write_text("keys: []\n")
    clock.now_s = LOOK_EVERY_S
    assert ring.holder(key) is None


@pytest.mark.parametrize("content", ["keys: 7", "keys: [", "\tx", "unknown: 1", "- a"])
def test_a_broken_file_is_an_error_that_leaves_the_last_keys_in_force(
    file: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    key = add_key(file, "acme")
    ring = KeyRing(file, clock)

    file.write_text(content)
    clock.now_s = LOOK_EVERY_S
    assert ring.holder(key) == Holder("acme", True)
    assert "keys unreadable" in caplog.text
    with pytest.raises(KeysError, match=r"keys\.yaml"):
        read_keys(file)


@pytest.mark.parametrize("tenant", ["", "a b", "a/b", "-a", "a" * 65, "a\n"])
def test_a_tenant_that_is_no_name_gets_no_key(file: Path, tenant: str) -> None:
    with pytest.raises(KeysError, match="tenant: expected"):
        add_key(file, tenant)
    with pytest.raises(KeysError, match="tenant: expected"):
        rotate_webhook_secret(file, tenant)
    assert not file.exists()


def test_the_command_makes_keys_that_open_and_lists_them_without_telling(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEPTHREE_COLLECTOR_KEYS", str(file))
    run = CliRunner().invoke

    key = run(command, ["add", "--tenant", "acme"]).stdout.strip()
    webhook = run(command, ["webhook", "--tenant", "acme"]).stdout.strip()
    listed = run(command, ["list"]).stdout

    ring = KeyRing(file, Clock())
    assert ring.holder(key) == Holder("acme", True)
    assert ring.webhook_secrets("acme") == (webhook,)
    assert "acme  public  pk_" in listed
    assert "acme  webhook  whsec_" in listed
    assert key not in listed
    assert webhook not in listed


def test_the_command_says_what_a_tenant_may_be(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPTHREE_COLLECTOR_KEYS", str(file))

    result = CliRunner().invoke(command, ["add", "--tenant", "a b"])

    assert result.exit_code == 2
    assert "tenant: expected 1 to 64 letters" in result.output
