"""Schedule: which queries are due; a campaign where nothing happens costs one cheap query."""

import math

from streams.console.view import CALM, QUICK

SETTLE_S = 3.0  # a batch becomes visible table by table: look again for a while after a change
QUICK_S = 5.0
CALM_S = 5.0
IDLE_S = 15.0


class Schedule:
    """Remembers when the newest event changed and when the queries were last due."""

    def __init__(self) -> None:
        self._newest_at: object = None
        self._changed_s = -math.inf
        self._quick_s = -math.inf
        self._calm_s = -math.inf

    def due(self, newest_at: object, at_s: float) -> tuple[str, ...]:
        """Names in the order to ask; `newest_at` is of the newest visible event, in any form."""
        if newest_at != self._newest_at:
            self._newest_at, self._changed_s = newest_at, at_s
        names: tuple[str, ...] = ()
        if at_s - self._changed_s <= SETTLE_S or at_s - self._quick_s >= QUICK_S:
            self._quick_s, names = at_s, QUICK
        if self._calm_is_due(at_s):
            self._calm_s, names = at_s, names + CALM
        return names

    def _calm_is_due(self, at_s: float) -> bool:
        changed_since = self._calm_s - SETTLE_S < self._changed_s
        return at_s - self._calm_s >= (CALM_S if changed_since else IDLE_S)
