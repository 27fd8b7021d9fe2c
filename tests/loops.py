"""Loops: each claim about asynchronous code has an event loop of its own, for a bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec

Given = ParamSpec("Given")
WITHIN_S = 20.0


def on_a_loop(test: Callable[Given, Awaitable[None]]) -> Callable[Given, None]:
    """Run the claim to its end; TimeoutError when it has none."""

    @wraps(test)
    def run(*arguments: Given.args, **named: Given.kwargs) -> None:
        asyncio.run(_bounded(test(*arguments, **named)))

    return run


async def _bounded(claim: Awaitable[None]) -> None:
    async with asyncio.timeout(WITHIN_S):
        await claim
