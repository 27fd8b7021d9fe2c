"""Limit: how many refused lines are too many; a map for another kind of file refuses most."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from streams.load.tally import HEAD_LINES, Tally

_WRITTEN: Final = re.compile(r"(?P<lines>\d{1,12})|(?P<percent>\d{1,3}(\.\d+)?)%", re.ASCII)


class TooManyRefused(Exception):
    """The limit was passed; the rest of the file was not read."""


class Limit(NamedTuple):
    """At most `lines` refused lines, or `percent` of those read or of the first 1,000."""

    lines: int | None = None
    percent: float = 100.0
    head_only: bool = False

    def check(self, tally: Tally, *, at_end: bool = False) -> None:
        """Raises TooManyRefused. A percentage is judged from 1,000 lines on, and at the end."""
        if self.lines is not None:
            if tally.refused > self.lines:
                raise TooManyRefused(f"more than {self.lines:,} lines were refused")
            return
        is_judged = tally.read == HEAD_LINES if self.head_only else tally.read >= HEAD_LINES
        if (is_judged or (at_end and not self.head_only)) and self._is_passed(tally):
            of = f"the {'first ' if tally.read == HEAD_LINES else ''}{tally.read:,} lines"
            raise TooManyRefused(
                f"{tally.refused:,} of {of} were refused, more than {self.percent:g} %:"
                " probably the map is for another kind of file"
            )

    def _is_passed(self, tally: Tally) -> bool:
        return tally.refused * 100 > tally.read * self.percent


DEFAULT_LIMIT: Final = Limit(percent=50.0, head_only=True)


def parse_limit(written: str) -> Limit:
    """`200` lines or `5%`. Raises ValueError for anything else."""
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        raise ValueError(f"expected a number of lines or a percentage such as 5%, found {written}")
    if found["lines"]:
        return Limit(lines=int(found["lines"]))
    return Limit(percent=float(found["percent"]))
