"""Ending: how a worker ends itself; its supervisor starts it anew, or somebody reads why not."""

from __future__ import annotations

import logging
import os
from typing import NoReturn

REFUSED = 2  # something is not as it must be: starting anew does not help
FAILED = 70  # the process cannot go on: a new one can

log = logging.getLogger(__name__)


def end_process(code: int, why: str) -> NoReturn:
    """At once and from any thread: what was not settled is redone by whoever comes next."""
    log.critical("stepthree worker: %s", why)
    logging.shutdown()
    os._exit(code)
