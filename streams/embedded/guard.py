"""Guard: ends the process groups it was told of when its parent is gone, however the parent ended.

Reads lines from a pipe whose other end only the parent holds: `+GROUP` a group began, `-GROUP` it
ended. When the pipe closes, what is left is asked to end and killed when it does not. Run as a
file of its own by `streams.embedded.processes`: it imports nothing of the project, starts at once
and stays small.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable

GRACE_S = 10.0
STEP_S = 0.1


def main() -> None:
    """Wait for the parent's end; signals meant for the parent do not end the guard."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end_groups(groups_left(sys.stdin))


def groups_left(lines: Iterable[str]) -> tuple[int, ...]:
    """The groups that began and did not end, latest first."""
    groups: dict[int, None] = {}
    for line in lines:
        sign, group = line[0], int(line[1:])
        if sign == "+":
            groups[group] = None
        else:
            groups.pop(group, None)
    return tuple(reversed(groups))


def end_groups(groups: Iterable[int], grace_s: float = GRACE_S) -> None:
    """Ask every group to end, wait until all have, kill those that did not."""
    waiting = [group for group in groups if send(group, signal.SIGTERM)]
    for _ in range(int(grace_s / STEP_S)):
        waiting = [group for group in waiting if send(group, 0)]
        if not waiting:
            return
        time.sleep(STEP_S)
    for group in waiting:
        send(group, signal.SIGKILL)


def send(group: int, number: int) -> bool:
    """Signal a group; False when no process of it is left."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS answers so when only ended processes are left
        return False
    return True


if __name__ == "__main__":
    main()
