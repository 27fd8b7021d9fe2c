"""Ports: the usual one where it is free, else any free one; no two of one choice are equal."""

import socket
from collections.abc import Mapping
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"


def choose_ports(usual: Mapping[str, int]) -> dict[str, int]:
    """One port of this machine for each name; 0: any free one."""
    with ExitStack() as held:
        return {name: _hold(port, held) for name, port in usual.items()}


def _hold(port: int, held: ExitStack) -> int:
    """Take the port, or a free one when it is taken, until `held` closes."""
    taken = held.enter_context(socket.socket())
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((LOOPBACK, port))
    except OSError:
        taken.bind((LOOPBACK, 0))
    return int(taken.getsockname()[1])
