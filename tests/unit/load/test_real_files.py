"""The totals of real files, counted from what their maps make of their lines."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest

from streams.domain.outcome import FailureReason
from streams.load.files import LoadFile
from streams.load.loading import Load, begin
from streams.load.mapfile import read_map
from streams.load.mapping import Mapped
from streams.load.readers import with_format
from streams.load.tally import Tally
from tests.real_files import REAL_FILES, RealFile

GAP_MS = 1_800_000


@pytest.mark.data
@REAL_FILES
def test_a_real_file_has_the_totals_that_are_stated(real: RealFile) -> None:
    tally = Tally()
    with LoadFile(real.path) as opened:
        file_map = with_format(read_map(real.map_path), real.name)
        head, rest = begin(Load(opened, file_map, "acme"), tally)
        found = [
            outcome.interaction for _, outcome in (*head, *rest) if isinstance(outcome, Mapped)
        ]
    moments = defaultdict(list)
    for interaction in found:
        moments[interaction.visitor].append(interaction.occurred_at)
    assert tally.read == real.lines
    assert tally.refused == real.unreadable
    assert set(tally.reasons) <= {FailureReason.UNREADABLE_LINE}
    assert len(moments) == real.visitors
    assert len(found) - len({one.event_id for one in found}) == real.duplicates
    assert sum(runs(at) for at in moments.values()) == real.sessions
    assert all(one.page.startswith(("http://", "https://")) for one in found)


def runs(moments_ms: list[int]) -> int:
    """How many runs these moments fall into, when more than GAP_MS apart is another run."""
    return 1 + sum(later - earlier > GAP_MS for earlier, later in pairwise(sorted(moments_ms)))
