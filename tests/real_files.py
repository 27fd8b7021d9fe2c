"""Real files kept beside the project: where they are, their maps, and what is known of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("TEST_DATA", ROOT.parent / "shared" / "data"))


class RealFile(NamedTuple):
    """A file, its map, and its totals as its folder's README states them."""

    name: str
    map_name: str
    lines: int
    visitors: int
    sessions: int
    duplicates: int
    unreadable: int

    @property
    def map_path(self) -> Path:
        """Its map, which is part of the project."""
        return ROOT / "tests" / "data" / "maps" / f"{self.map_name}.yaml"

    @property
    def path(self) -> Path:
        """Where it is; the test is reported as not run where it is absent."""
        path = FOLDER / self.name
        if not path.exists():
            pytest.skip(
                f"needs {path}, which is kept beside the project and not in it;"
                " set TEST_DATA to the folder that has it"
            )
        return path


WIKI = RealFile("wiki_readers.csv.gz", "wiki_readers", 63_524, 10_000, 22_224, 7, 0)
ACCESS = RealFile("apache_access.log.gz", "apache_access", 10_000, 1_861, 3_223, 19, 1)
REAL_FILES = pytest.mark.parametrize("real", [WIKI, ACCESS], ids=lambda real: real.map_name)
