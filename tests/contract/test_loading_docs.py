"""docs/loading.md: the maps it shows are maps, and those of real files are the project's own."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from streams.load.mapfile import parse_map

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "loading.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_a_map_that_is_shown_can_be_used(block: str) -> None:
    assert parse_map(block.encode(), "shown").name != "shown"


@pytest.mark.parametrize("name", ["wiki_readers", "apache_access"])
def test_a_real_files_map_is_shown_as_it_is(name: str) -> None:
    own = (ROOT / "tests" / "data" / "maps" / f"{name}.yaml").read_bytes()
    shown = [block for block in BLOCKS if f"name: {name}\n" in block]
    assert [msgspec.yaml.decode(block) for block in shown] == [msgspec.yaml.decode(own)]
