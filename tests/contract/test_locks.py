"""Lock files: hashed, without an address of any index, and in step with pyproject.toml."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ASKED = {
    "requirements.lock": PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["build"],
    "requirements-dev.lock": PROJECT["project"]["dependencies"]
    + PROJECT["project"]["optional-dependencies"]["dev"]
    + PROJECT["dependency-groups"]["build"],
}
LOCKED = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^ ;\\]+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}(?: \\)?$", re.MULTILINE)
both = pytest.mark.parametrize("name", sorted(ASKED))


def locked(name: str) -> set[tuple[str, str]]:
    text = (ROOT / name).read_text()
    return {(canonicalize_name(m["name"]), m["version"]) for m in LOCKED.finditer(text)}


@both
def test_a_lock_file_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text()

    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("    --hash=sha256:", ""), re.MULTILINE)


@both
def test_every_locked_version_has_a_hash(name: str) -> None:
    text = (ROOT / name).read_text()
    blocks = [block for block in re.split(r"\n(?=[A-Za-z])", text) if "==" in block]

    assert [block for block in blocks if not HASH.search(block)] == []
    assert len(HASH.findall(text)) == text.count("--hash=")


@both
def test_every_requirement_is_locked_at_a_version_it_allows(name: str) -> None:
    versions = locked(name)
    wrong = [
        asked
        for asked in ASKED[name]
        if not any(
            package == canonicalize_name(Requirement(asked).name)
            and Requirement(asked).specifier.contains(version)
            for package, version in versions
        )
    ]

    assert wrong == [], "run: make lock"


def test_tests_run_on_the_versions_that_are_shipped() -> None:
    assert locked("requirements.lock") <= locked("requirements-dev.lock")
