"""Schedule: which queries are due; a campaign where nothing happens costs one cheap query."""

import math

SETTLE_S = 3.0  # a batch becomes visible table by table: look again for a while after a change
QUICK_S = 5.0
CALM_S = 2.0
IDLE_S = 15.0


class Schedule:
    """Remembers when the newest event changed and when queries were last due; times in seconds."""

    def __init__(self) -> None:
        self._newest_at: object = None
        self._changed_s = -math.inf
        self._quick_s = -math.inf
        self._calm_s = -math.inf

    def saw(self, newest_at: object, at_s: float) -> None:
        """What the newest visible event is, in any form."""
        if newest_at != self._newest_at:
            self._newest_at, self._changed_s = newest_at, at_s

    def quick_is_due(self, at_s: float) -> bool:
        """At once after a change and while it settles, else now and then; once said, it is done."""
        is_due = at_s - self._changed_s <= SETTLE_S or at_s - self._quick_s >= QUICK_S
        self._quick_s = at_s if is_due else self._quick_s
        return is_due

    def calm_is_due(self, at_s: float) -> bool:
        """Every few seconds while things change, else seldom; once said, it is done."""
        changed_since = self._calm_s - SETTLE_S < self._changed_s
        is_due = at_s - self._calm_s >= (CALM_S if changed_since else IDLE_S)
        self._calm_s = at_s if is_due else self._calm_s
        return is_due
